//! The demo as a visitor meets it: buy, watch, give back, start again.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::header::{COOKIE, LOCATION, ORIGIN, RANGE, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::stoa;

/// Renders two seconds of what is asked for, by the real ffmpeg: the films are as long as lessons only for people.
const HASTY_FFMPEG: &str = r#"#!/bin/sh
PATH="${PATH#*:}"
before= count=$#
while [ "$count" -gt 0 ]; do
  word=$1
  shift
  [ "$before" = -t ] && word=2
  before=$word
  set -- "$@" "$word"
  count=$((count - 1))
done
exec ffmpeg "$@"
"#;

/// A running demo; it is killed when dropped.
struct Demo {
    url: String,
    client: Client,
    child: Child,
}

impl Demo {
    async fn start(scene: &Scene, port: u16) -> Self {
        let child = demo(&scene.data, port)
            .env("PATH", scene.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let url = format!("http://127.0.0.1:{port}");
        let client = Client::builder().redirect(Policy::none()).no_proxy();
        let client = client.build().unwrap();
        let mut demo = Self { url, client, child };
        while demo.get("/shop", "").await.is_none() {
            assert!(demo.child.try_wait().unwrap().is_none(), "the demo ended");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        demo
    }

    async fn get(&self, path: &str, cookie: &str) -> Option<Response> {
        let request = self.client.get(format!("{}{path}", self.url));
        request.header(COOKIE, cookie).send().await.ok()
    }

    async fn page(&self, path: &str) -> String {
        let page = self.get(path, "").await.unwrap();
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        page.text().await.unwrap()
    }

    /// Presses a button of the shop's page, and returns where it leads.
    async fn press(&self, path: &str, form: &'static str) -> String {
        let request = self.client.post(format!("{}/shop{path}", self.url));
        let request = request.header(ORIGIN, &self.url).body(form);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path}");
        answer.headers()[LOCATION].to_str().unwrap().to_owned()
    }

    /// Opens the courses of an order's buyer, and returns the session's cookie.
    async fn sign_in(&self, order: &str) -> String {
        let link = self.press(&format!("/orders/{order}/courses"), "").await;
        let token = link.strip_prefix("/sign-in#token=").unwrap();
        let request = self
            .client
            .post(format!("{}/api/sign-in/confirm", self.url));
        let answer = request.json(&json!({ "token": token })).send().await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// Lists the courses as soon as there are so many; that takes two seconds at most.
    async fn courses(&self, cookie: &str, count: usize) -> Vec<Value> {
        let asked = Instant::now();
        loop {
            let answer = self.get("/api/courses", cookie).await.unwrap();
            let mut body: Value = answer.json().await.unwrap();
            let courses = body["items"].take();
            let courses = courses.as_array().unwrap();
            if courses.len() == count {
                return courses.clone();
            }
            assert!(asked.elapsed() < Duration::from_secs(2), "{courses:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An empty folder to start in.
struct Scene {
    folder: TempDir,
    data: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let tools = folder.path().join("tools");
        fs::create_dir(&tools).unwrap();
        let ffmpeg = tools.join("ffmpeg");
        fs::write(&ffmpeg, HASTY_FFMPEG).unwrap();
        fs::set_permissions(&ffmpeg, PermissionsExt::from_mode(0o755)).unwrap();
        Self { folder, data }
    }

    fn path(&self) -> String {
        let tools = self.folder.path().join("tools");
        format!("{}:/usr/local/bin:/usr/bin:/bin", tools.display())
    }
}

fn demo(data: &Path, port: u16) -> Command {
    let mut command = stoa(data);
    command.args(["demo", "--port", &port.to_string()]);
    command
}

/// Finds two free ports in a row: the pages' and the media's.
fn free_ports() -> u16 {
    let bind = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port)).ok();
    loop {
        let first = bind(0).unwrap();
        let port = first.local_addr().unwrap().port();
        if port.checked_add(1).and_then(bind).is_some() {
            return port;
        }
    }
}

#[tokio::test]
async fn a_course_bought_in_the_demo_plays_survives_a_restart_and_goes_with_the_refund() {
    let scene = Scene::new();
    let port = free_ports();
    let demo = Demo::start(&scene, port).await;
    let form = "email=Ada%40example.com&buy=BRUSH-AND-BREAD";
    assert_eq!(demo.press("/orders", form).await, "/shop#order-1001");
    let cookie = demo.sign_in("1001").await;
    let courses = demo.courses(&cookie, 2).await;

    let path = format!("/api/courses/{}", courses[0]["id"].as_str().unwrap());
    let answer = demo.get(&path, &cookie).await.unwrap();
    let course: Value = answer.json().await.unwrap();
    assert_eq!(course["modules"].as_array().unwrap().len(), 3);
    assert_eq!(course["files"].as_array().unwrap().len(), 2);
    let video = course["modules"][0]["videos"][0]["url"].as_str().unwrap();
    let range = |url: &str| demo.client.get(url).header(RANGE, "bytes=1000-1999").send();
    let played = range(video).await.unwrap();
    assert_eq!(played.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(played.bytes().await.unwrap().len(), 1_000);
    let unsigned = range(video.split('?').next().unwrap()).await.unwrap();
    assert_eq!(unsigned.status(), StatusCode::FORBIDDEN);

    // The bank asks for the money back, and does not get it.
    demo.press("/orders/1001/dispute", "state=open").await;
    demo.courses(&cookie, 0).await;
    demo.press("/orders/1001/dispute", "state=won").await;
    demo.courses(&cookie, 2).await;
    // A ware that nobody has mapped, and a thing that grants nothing on purpose.
    let form = "email=ada%40example.com&buy=basket&basket=LINO&basket=APRON";
    demo.press("/orders", form).await;
    assert!(demo.page("/shop").await.contains("data-figure>1<"));
    demo.press("/mapping", "to=course").await;
    assert_eq!(demo.courses(&cookie, 3).await.len(), 3);
    assert!(demo.page("/shop").await.contains("data-figure>0<"));
    demo.press("/orders/1002/refund", "line=1").await;
    demo.courses(&cookie, 2).await;
    let why = demo.page("/shop/orders/1002/access").await;
    assert!(why.contains("Closed: order 1002 was refunded on"), "{why}");

    drop(demo);
    assert!(!scene.data.join("demo-courses").exists());
    let demo = Demo::start(&scene, port).await;
    let page = demo.page("/shop").await;
    assert!(page.contains("Order 1001") && page.contains("Stoa has been told."));
    assert_eq!(demo.courses(&cookie, 2).await.len(), 2);

    demo.press("/orders/1001/refund", "").await;
    demo.courses(&cookie, 0).await;
    let gone = demo.get(&path, &cookie).await.unwrap();
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
}

#[test]
fn without_ffmpeg_the_demo_says_what_to_install() {
    let scene = Scene::new();
    let nowhere = scene.folder.path().join("nowhere");
    let output = demo(&scene.data, free_ports())
        .env("PATH", nowhere)
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("apt-get install ffmpeg"), "{said}");
}
