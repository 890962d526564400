//! How far a learner is.

use serde_json::{Value, json};

use crate::site::on_both_engines;

on_both_engines! {
    async fn her_place_is_kept_and_shown_everywhere(site: Site) {
        let (course, session) = site.with_customer().await;
        let path = format!("/api/videos/{}/progress", course.videos[0]);
        let now = site.shop.now();
        let report = json!({ "position_seconds": 33.25, "client_time": now });
        let saved = site.write("PUT", &path, &session, &report).await.json();
        assert_eq!(saved, json!({ "position_seconds": 33.25, "completed_at": null, "updated_at": now }));

        let playback = site.get(&format!("/api/videos/{}/playback", course.videos[0]), &session).await.json();
        assert_eq!(playback["progress"], saved);
        let opened = site.get(&format!("/api/courses/{}", course.course), &session).await.json();
        assert_eq!(opened["modules"][0]["videos"][0]["progress"], saved);
        let listed = site.get("/api/courses", &session).await.json()["items"][0].clone();
        assert_eq!(listed["last_watched_at"], now.as_str());
        assert_eq!(
            listed["continue_with"],
            json!({ "video_id": course.videos[0], "title": "Lesson 1", "module_title": "Welcome",
                    "position_seconds": 33.25, "duration_seconds": 60.0 })
        );
    }

    async fn a_completion_counts_until_she_takes_it_away(site: Site) {
        let (course, session) = site.with_customer().await;
        let path = format!("/api/videos/{}/progress", course.videos[2]);
        let report = |completed: Value| {
            json!({ "position_seconds": 60, "client_time": site.shop.now(), "completed": completed })
        };
        let saved = site.write("PUT", &path, &session, &report(true.into())).await.json();
        assert_eq!(saved["completed_at"], site.shop.now());
        let course_path = format!("/api/courses/{}", course.course);
        let counted = || async { site.get(&course_path, &session).await.json()["progress"].clone() };
        assert_eq!(counted().await, json!({ "completed": 1, "total": 3 }));
        let saved = site.write("PUT", &path, &session, &report(Value::Null)).await.json();
        assert_ne!(saved["completed_at"], Value::Null);
        let saved = site.write("PUT", &path, &session, &report(false.into())).await.json();
        assert_eq!(saved["completed_at"], Value::Null);
        assert_eq!(counted().await, json!({ "completed": 0, "total": 3 }));
    }

    async fn beginning_again_must_be_said(site: Site) {
        let (course, session) = site.with_customer().await;
        let path = format!("/api/videos/{}/progress", course.videos[0]);
        let report = |position: f64, start_over: bool| {
            json!({ "position_seconds": position, "client_time": site.shop.now(), "start_over": start_over })
        };
        for (position, start_over, saved) in [(30.0, false, 30.0), (0.0, false, 30.0), (0.0, true, 0.0)] {
            let answer = site.write("PUT", &path, &session, &report(position, start_over)).await.json();
            assert_eq!(answer["position_seconds"], saved);
        }
    }

    async fn what_is_no_position_is_refused(site: Site) {
        let (course, session) = site.with_customer().await;
        let path = format!("/api/videos/{}/progress", course.videos[0]);
        for position in [json!(-1), json!(-0.001), json!(1e300), json!("33"), json!(null), json!([1])] {
            let report = json!({ "position_seconds": position, "client_time": site.shop.now() });
            let answer = site.write("PUT", &path, &session, &report).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (422, "invalid_body"));
            assert_eq!(answer.detail(), "`position_seconds` is not of the expected form");
        }
        let beyond = json!({ "position_seconds": 1e9, "client_time": site.shop.now() });
        let saved = site.write("PUT", &path, &session, &beyond).await.json();
        assert_eq!(saved["position_seconds"], 60.0);
    }
}
