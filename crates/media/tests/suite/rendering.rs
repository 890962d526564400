use std::fs;
use std::path::Path;
use std::process::Command;

use media::{Look, RenderError, probe, render_cover, render_lesson};

use crate::clip;

fn look(title: &str, variant: u32) -> Look {
    Look {
        title: title.to_owned(),
        number: format!("Lesson 1.{variant}"),
        seconds: 62,
        hue_degrees: 0,
        variant,
    }
}

/// Returns the film at this second as 64×36 dots of red, green and blue.
fn frame(film: &Path, second: &str) -> Vec<u8> {
    dots(&["-ss", second], film)
}

fn dots(seek: &[&str], picture: &Path) -> Vec<u8> {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error"])
        .args(seek)
        .arg("-i")
        .arg(picture)
        .args(["-frames:v", "1", "-vf", "scale=64:36", "-f", "rawvideo"])
        .args(["-pix_fmt", "rgb24", "-"])
        .output()
        .unwrap();
    assert_eq!(output.stdout.len(), 64 * 36 * 3, "{output:?}");
    output.stdout
}

/// Counts the bytes that differ clearly.
fn difference(one: &[u8], other: &[u8]) -> usize {
    one.iter()
        .zip(other)
        .filter(|(a, b)| a.abs_diff(**b) > 24)
        .count()
}

#[tokio::test]
async fn a_lesson_plays_everywhere_and_can_be_seeked_in() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("lesson.mp4");
    render_lesson(&clip(), &out, &look("What you need", 0))
        .await
        .unwrap();

    let probe = probe(&out).await.unwrap();
    assert!((probe.duration_seconds - 62.0).abs() < 0.2, "{probe:?}");
    assert_eq!((probe.width, probe.height), (854, 480));
    assert!(probe.video_codec.starts_with("avc1.42"), "{probe:?}");
    assert_eq!(probe.audio_codec.as_deref(), Some("mp4a.40.2"));
    assert!(probe.faststart);
    assert!(fs::metadata(&out).unwrap().len() < 8 << 20);
    // 10.4 seconds of film forth and as many back: after two swings only the clock looks different.
    let (early, late) = (frame(&out, "10"), frame(&out, "51.6"));
    let changed = difference(&early, &late);
    assert!((3..300).contains(&changed), "{changed} bytes changed");
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "the scratch folder is gone");
}

#[tokio::test]
async fn lessons_and_covers_of_different_looks_look_different() {
    let folder = tempfile::tempdir().unwrap();
    let mut pictures = Vec::new();
    for variant in 0..3 {
        let lesson = folder.path().join(format!("{variant}.mp4"));
        let mut short = look("A lesson", variant);
        short.seconds = 3;
        render_lesson(&clip(), &lesson, &short).await.unwrap();
        let cover = folder.path().join(format!("{variant}.jpg"));
        render_cover(&clip(), &cover, &short).await.unwrap();
        assert!(fs::read(&cover).unwrap().starts_with(&[0xff, 0xd8, 0xff]));
        pictures.push((frame(&lesson, "1"), dots(&[], &cover)));
    }
    for one in 0..3 {
        for other in 0..one {
            assert!(difference(&pictures[one].0, &pictures[other].0) > 2000);
            assert!(difference(&pictures[one].1, &pictures[other].1) > 1000);
        }
    }
}

#[tokio::test]
async fn a_title_cannot_break_out_into_the_filters() {
    let folder = tempfile::tempdir().unwrap();
    for title in [
        "%{pts} 100% 'it''s': [0:v];,\\",
        "",
        "名前 — Ünïcödé\u{0}\u{7}\n",
    ] {
        let out = folder.path().join("-odd name: 'x'.mp4");
        let mut odd = look(title, 1);
        odd.seconds = 1;
        render_lesson(&clip(), &out, &odd).await.unwrap();
        assert!(probe(&out).await.is_ok());
    }
}

#[tokio::test]
async fn a_source_that_is_no_film_gives_ffmpegs_last_words_without_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("words.mp4");
    fs::write(&source, "not a film").unwrap();
    let out = folder.path().join("lesson.mp4");
    let error = render_lesson(&source, &out, &look("x", 0))
        .await
        .unwrap_err();
    let RenderError::Ffmpeg { complaint } = &error else {
        panic!("{error}")
    };
    assert!(complaint.contains("words.mp4: Invalid data"), "{complaint}");
    assert!(
        !complaint.contains(folder.path().to_str().unwrap()),
        "{complaint}"
    );
    assert!(!out.exists());

    let absent = render_cover(&folder.path().join("absent"), &out, &look("x", 0)).await;
    assert_eq!(
        absent.unwrap_err().to_string(),
        "the source film does not exist"
    );
}
