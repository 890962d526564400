//! On how many devices a customer plays: what she is told.

use serde_json::{Value, json};

use crate::site::on_both_engines;

on_both_engines! {
    async fn a_device_too_many_is_told_which_others_play_and_all_else_stays_open(site: Site) {
        let (course, first) = site.with_customer().await;
        let second = site.shop.sign_in("ada@example.com").await;
        let third = site.shop.sign_in("ada@example.com").await;
        let playback = format!("/api/videos/{}/playback", course.videos[0]);
        let progress = format!("/api/videos/{}/progress", course.videos[1]);
        let report = |is_playing: bool| {
            json!({ "position_seconds": 7, "client_time": site.shop.now(), "is_playing": is_playing })
        };
        assert_eq!(site.get(&playback, &first).await.status, 200);
        assert_eq!(site.write("PUT", &progress, &second, &report(true)).await.status, 200);
        let refused = site.get(&playback, &third).await;
        assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (409, "too_many_streams"));
        let said: Value = serde_json::from_str(&refused.body).unwrap();
        assert_eq!(said["devices"], json!(["Unknown browser", "Unknown browser"]));
        let refused = site.write("PUT", &progress, &third, &report(true)).await;
        assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (409, "too_many_streams"));
        for path in [format!("/api/courses/{}", course.course), "/api/downloads".to_owned(), "/api/me".to_owned()] {
            assert_eq!(site.get(&path, &third).await.status, 200, "{path}");
        }
        let link = format!("/api/downloads/{}/link", course.file);
        assert_eq!(site.write("POST", &link, &third, &json!({})).await.status, 200);

        assert_eq!(site.write("PUT", &progress, &first, &report(false)).await.status, 200);
        assert_eq!(site.get(&playback, &third).await.status, 200);
        assert_eq!(site.get(&playback, &first).await.problem(), "too_many_streams");
    }

    async fn a_sixth_device_is_told_which_five_she_has_used(site: Site) {
        let (course, _) = site.with_customer().await;
        let playback = format!("/api/videos/{}/playback", course.videos[0]);
        for _ in 0..5 {
            let session = site.shop.sign_in("ada@example.com").await;
            assert_eq!(site.get(&playback, &session).await.status, 200);
            site.shop.clock.pass_seconds(60);
        }
        let sixth = site.shop.sign_in("ada@example.com").await;
        let refused = site.get(&playback, &sixth).await;
        assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (409, "too_many_devices"));
        let said: Value = serde_json::from_str(&refused.body).unwrap();
        assert_eq!(said["devices"].as_array().unwrap().len(), 5);
    }
}
