//! Every kind of secret is used through a running server that logs all it can; none of them is found afterwards where it does
//! not belong: in the log, in an answer that says no, in the metrics, in what administrators read, or in the database.

use std::path::Path;
use std::time::Duration;

use app::admins::totp;
use app::clock::{Clock, SystemClock};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connectors::hand_off::{Expected, HandOffAlgorithm, HandOffKey, NewHandOff, mint};
use connectors::{StoreSecret, custom};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use testkit::admins::from_base32;
use testkit::mail::MailCatcher;
use testkit::time::StandingClock;
use testkit::woocommerce::{KEY, SECRET, WooShop};

use crate::process::{Server, printed};

const ADA: &str = "ada.canary@example.com";
const ANN: &str = "ann.canary@example.com";
const PASSWORD: &str = "canary lamp river ninety";
const SMTP_PASSWORD: &str = "smtp-canary-5f2c9d";

/// A running server, and all that must be found nowhere.
struct Visit {
    server: Server,
    client: Client,
    secrets: Vec<(&'static str, String)>,
    /// What was said where no secret belongs: failures, metrics, and what administrators read.
    said: String,
}

/// An answer, with the cookies that it sets.
struct Answer {
    status: StatusCode,
    body: String,
    cookies: Vec<(String, String)>,
}

impl Answer {
    fn cookie(&self, name: &str) -> String {
        let found = self.cookies.iter().find(|(set, _)| set == name);
        found.unwrap_or_else(|| panic!("no {name}")).1.clone()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Visit {
    fn keep(&mut self, name: &'static str, secret: impl Into<String>) -> String {
        let secret = secret.into();
        assert!(secret.len() >= 6, "{name}");
        self.secrets.push((name, secret.clone()));
        secret
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.server.url))
    }

    /// Sends a request; what is said to it when it fails is looked at in the end.
    async fn send(&mut self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let status = response.status();
        let pairs = response.headers().get_all("set-cookie").into_iter();
        let pairs = pairs.map(|value| value.to_str().unwrap().split(';').next().unwrap());
        let cookies = pairs.map(|pair| pair.split_once('=').unwrap());
        let cookies = cookies
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let headers = format!("{:?}", response.headers());
        let body = response.text().await.unwrap();
        if !status.is_success() {
            self.said.push_str(&headers);
            self.said.push_str(&body);
        }
        Answer {
            status,
            body,
            cookies,
        }
    }

    async fn post(&mut self, path: &str, cookie: &str, body: &Value) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header("cookie", cookie)
            .json(body);
        self.send(request).await
    }

    async fn get(&mut self, path: &str, header: (&str, &str)) -> Answer {
        let request = self.request(Method::GET, path).header(header.0, header.1);
        self.send(request).await
    }
}

/// Prepares two stores, a course, an administrator and a token, and starts a server that logs everything.
async fn open(data: &Path, mails: &MailCatcher, woo: &WooShop) -> (Visit, Links) {
    let folder = data.parent().unwrap();
    let mut secrets = vec![
        ("address of a customer", ADA.to_owned()),
        ("password of the mail server", SMTP_PASSWORD.to_owned()),
        (
            "login of the mail server",
            STANDARD.encode(format!("\0shop\0{SMTP_PASSWORD}")),
        ),
        ("secret of a store's API", SECRET.to_owned()),
        (
            "login of a store's API",
            STANDARD.encode(format!("{KEY}:{SECRET}")),
        ),
        ("password of an administrator", PASSWORD.to_owned()),
    ];
    std::fs::write(folder.join("api-secret"), SECRET).unwrap();
    let address = woo.address.clone();
    let api = [
        "--address",
        &address,
        "--api-key",
        KEY,
        "--api-secret-file",
        "api-secret",
    ];
    let said = printed(
        data,
        &[&["store", "add", "woo", "--kind", "woocommerce"][..], &api].concat(),
    );
    secrets.push(("webhook secret of the other store", secret_in(&said)));
    let webhook_secret = secret_in(&printed(data, &["store", "add", "shop"]));
    secrets.push(("webhook secret", webhook_secret.clone()));
    let said = printed(data, &["store", "hand-off", "shop", "--rotate"]);
    let hand_off = said.lines().next().unwrap().to_owned();
    secrets.push(("hand-off key", hand_off.clone()));
    let lesson = folder.join("Watercolour/1 Welcome");
    std::fs::create_dir_all(&lesson).unwrap();
    let clip = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/media/big-buck-bunny-720p-5s.mp4");
    std::fs::copy(clip, lesson.join("Hello.mp4")).unwrap();
    let imported = printed(data, &["course", "import", "Watercolour"]);
    let (course, product) = imported.split_once("  of product ").unwrap();
    printed(data, &["store", "map", "shop", product, "--sku", "WATER"]);
    let create = ["admin", "create", ANN, "--name", "Ann", "--role", "owner"];
    let setup = printed(data, &create);
    let setup = setup.split_once("#token=").unwrap().1.to_owned();
    secrets.push(("one-time link of an administrator", setup.clone()));
    let token = printed(data, &["admin", "token", "scraper"]);
    secrets.push(("API token", token.clone()));
    let link = printed(data, &["customer", "link", ADA]);
    let link = link.split_once("#token=").unwrap().1.to_owned();
    secrets.push(("link made by hand", link.clone()));
    let key = std::fs::read_to_string(data.join("keys/sealing.key")).unwrap();
    secrets.push(("sealing key", key.trim().to_owned()));
    let pem = std::fs::read_to_string(data.join("keys/media-private.pem")).unwrap();
    for line in pem.lines().filter(|line| !line.starts_with("-----")) {
        secrets.push(("key that signs links", line.to_owned()));
    }
    let port = mails.port().to_string();
    let server = Server::start_with(
        data,
        "web,worker,edge",
        &[
            ("STOA_LOG__FILTER", "trace"),
            ("STOA_MAIL__SERVER", "127.0.0.1"),
            ("STOA_MAIL__PORT", &port),
            ("STOA_MAIL__TLS", "none"),
            ("STOA_MAIL__FROM", "Shop <shop@example.com>"),
            ("STOA_MAIL__USER", "shop"),
            ("STOA_MAIL__PASSWORD", SMTP_PASSWORD),
        ],
    )
    .await;
    let visit = Visit {
        server,
        client: Client::new(),
        secrets,
        said: String::new(),
    };
    let links = Links {
        course: course.to_owned(),
        webhook_secret: StoreSecret::new(webhook_secret),
        hand_off,
        setup,
        token,
        link,
    };
    (visit, links)
}

/// What was made before the server began.
struct Links {
    course: String,
    webhook_secret: StoreSecret,
    hand_off: String,
    setup: String,
    token: String,
    link: String,
}

fn secret_in(said: &str) -> String {
    let mut lines = said.lines();
    let secret = lines.find_map(|line| line.strip_prefix("Sign them with "));
    secret.unwrap().to_owned()
}

async fn buy(visit: &mut Visit, secret: &StoreSecret) {
    let now = SystemClock.now();
    let order = json!({
        "type": "order.updated", "timestamp": now.to_string(),
        "data": {
            "id": "1", "status": "paid", "test": false, "paid_at": now.to_string(), "currency": "EUR", "captured": 100,
            "customer": { "id": "77", "email": ADA },
            "lines": [{ "id": "1", "product_id": null, "variant_id": null, "sku": "WATER", "title": "W", "quantity": 1 }]
        }
    });
    let body = order.to_string();
    let mut request = visit
        .request(Method::POST, "/webhooks/shop")
        .header("content-type", "application/json");
    for (name, value) in custom::sign(secret, "msg_1", now, body.as_bytes()).unwrap() {
        request = request.header(name, value);
    }
    assert_eq!(
        visit.send(request.body(body)).await.status,
        StatusCode::NO_CONTENT
    );
    // The same with a signature that is not right.
    let forged = visit
        .request(Method::POST, "/webhooks/shop")
        .header("webhook-signature", "v1,AAAA")
        .body("{}");
    assert_eq!(visit.send(forged).await.status, StatusCode::UNAUTHORIZED);
}

/// Signs a customer in by the link, by a mail's code and by her shop.
async fn sign_in(visit: &mut Visit, links: &Links, mails: &MailCatcher) -> String {
    let confirm = "/api/sign-in/confirm";
    let by_link = json!({ "token": links.link });
    assert_eq!(
        visit.post(confirm, "", &by_link).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        visit.post(confirm, "", &by_link).await.status,
        StatusCode::BAD_REQUEST
    );

    let asked = visit
        .post("/api/sign-in", "", &json!({ "email": ADA }))
        .await;
    let asking = visit.keep(
        "cookie of the browser that asked",
        asked.cookie("stoa_sign_in"),
    );
    let text = loop {
        let caught = mails.caught();
        if let Some(mail) = caught
            .iter()
            .find(|mail| mail.message.text.contains("/sign-in#token="))
        {
            break mail.message.text.clone();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let token = text.split_once("#token=").unwrap().1;
    visit.keep("link in a mail", token.split_whitespace().next().unwrap());
    let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    let code = text.split_whitespace().find(is_code).unwrap();
    let code = visit.keep("code in a mail", code);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let cookie = format!("stoa_sign_in={asking}");
    assert_eq!(
        visit
            .post(confirm, &cookie, &json!({ "code": wrong }))
            .await
            .status,
        StatusCode::BAD_REQUEST
    );
    let signed_in = visit.post(confirm, &cookie, &json!({ "code": code })).await;
    assert_eq!(signed_in.status, StatusCode::NO_CONTENT);
    visit.keep("session of a customer", signed_in.cookie("stoa_session"));
    visit.keep("device of a customer", signed_in.cookie("stoa_device"));

    let origin = visit.server.url.clone();
    let key = HandOffKey::read(HandOffAlgorithm::Hs256, &links.hand_off).unwrap();
    let new = NewHandOff {
        expected: Expected {
            store: &"shop".parse().unwrap(),
            origin: &origin,
        },
        customer: &"77".parse().unwrap(),
        verified_email: None,
    };
    let token = mint(&key, new, &[7; 16], SystemClock.now()).unwrap();
    let token = visit.keep("hand-off token", token);
    let body = json!({ "store": "shop", "token": token });
    let handed_off = visit.post("/api/sign-in/store", "", &body).await;
    assert_eq!(
        handed_off.status,
        StatusCode::NO_CONTENT,
        "{}",
        handed_off.body
    );
    assert_eq!(
        visit.post("/api/sign-in/store", "", &body).await.status,
        StatusCode::BAD_REQUEST
    );
    visit.keep("session by hand-off", handed_off.cookie("stoa_session"))
}

/// Plays a video of the course.
async fn play(visit: &mut Visit, session: &str, course: &str) {
    let cookie = format!("stoa_session={session}");
    let opened = loop {
        let answer = visit
            .get(&format!("/api/courses/{course}"), ("cookie", &cookie))
            .await;
        if answer.status == StatusCode::OK {
            break answer;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let video = opened.json()["modules"][0]["videos"][0]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let request = visit.client.get(&video).header("range", "bytes=0-9");
    assert_eq!(
        request.send().await.unwrap().status(),
        StatusCode::PARTIAL_CONTENT
    );
    let of = |start: &str, end: char| {
        video
            .split_once(start)
            .unwrap()
            .1
            .split(end)
            .next()
            .unwrap()
    };
    let (signature, object) = (
        of("Signature=", '&').to_owned(),
        of("/videos/", '/').to_owned(),
    );
    // The key stands in the signed link and nowhere else.
    assert_eq!(opened.body.matches(&object).count(), 1);
    visit.keep("signature of a link", signature);
    visit.keep("unguessable part of an object's key", object);
    let cut = visit.client.get(video.replace("Signature=", "Signature=x"));
    assert_eq!(visit.send(cut).await.status, StatusCode::FORBIDDEN);
}

/// Sets an administrator up, signs her in, and reads what administrators read.
async fn administer(visit: &mut Visit, links: &Links, woo: &WooShop) {
    let begun = visit
        .post("/api/admin/setup", "", &json!({ "token": links.setup }))
        .await
        .json();
    let base32 = begun["secret"].as_str().unwrap();
    visit.keep("secret of an authenticator app", base32);
    let app_secret = from_base32(base32);
    let code = totp::code(&app_secret, SystemClock.now()).unwrap();
    let choice = json!({ "token": links.setup, "password": PASSWORD, "code": code });
    let done = visit.post("/api/admin/setup/confirm", "", &choice).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert_eq!(
        visit
            .post("/api/admin/setup/confirm", "", &choice)
            .await
            .status,
        StatusCode::BAD_REQUEST
    );
    visit.keep(
        "first session of an administrator",
        done.cookie("stoa_admin"),
    );
    let recovery = done.json()["recovery_codes"][0]
        .as_str()
        .unwrap()
        .to_owned();
    visit.keep("recovery code as it is typed", recovery.replace('-', ""));
    let recovery = visit.keep("recovery code", recovery);
    let credentials = json!({ "email": ANN, "password": PASSWORD, "code": recovery });
    let signed_in = visit.post("/api/admin/session", "", &credentials).await;
    assert_eq!(signed_in.status, StatusCode::NO_CONTENT);
    assert_eq!(
        visit
            .post("/api/admin/session", "", &credentials)
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    let session = visit.keep(
        "session of an administrator",
        signed_in.cookie("stoa_admin"),
    );
    visit.keep(
        "device of an administrator",
        signed_in.cookie("stoa_admin_device"),
    );
    let cookie = format!("stoa_admin={session}");
    let proof = json!({ "password": PASSWORD });
    assert_eq!(
        visit
            .post("/api/admin/session/prove", &cookie, &proof)
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    let bearer = format!("Bearer {}", links.token);
    let stores = visit
        .get("/api/admin/stores", ("authorization", &bearer))
        .await
        .json();
    for store in stores["items"].as_array().unwrap() {
        // The one whose API is read is asked with its secret.
        let test = format!("/api/admin/stores/{}/test", store["id"].as_str().unwrap());
        let tested = visit.post(&test, &cookie, &json!({})).await;
        assert_ne!(tested.status, StatusCode::UNAUTHORIZED);
    }
    assert!(!woo.take_asked().is_empty());
    for path in [
        "/metrics",
        "/api/admin/audit",
        "/api/admin/stores",
        "/api/admin/tokens",
        "/api/admin/team",
        "/api/admin/overview",
    ] {
        let read = visit.get(path, ("authorization", &bearer)).await;
        assert_eq!(read.status, StatusCode::OK, "{path}");
        visit.said.push_str(&read.body);
    }
}

/// Sends every secret to where it does not belong, as people and programs do by mistake.
async fn misplace(visit: &mut Visit) {
    for (_, secret) in visit.secrets.clone() {
        let plain: String = secret.chars().filter(char::is_ascii_alphanumeric).collect();
        for path in [
            format!("/api/courses/{plain}"),
            format!("/api/me?token={plain}"),
            format!("/{plain}"),
        ] {
            let request = visit.request(Method::GET, &path);
            visit.send(request).await;
        }
        for header in [
            "authorization",
            "cookie",
            "content-type",
            "x-request-id",
            "user-agent",
            "x-forwarded-for",
            "origin",
        ] {
            let request = visit
                .request(Method::POST, "/api/sign-in")
                .header(header, plain.as_str());
            visit.send(request.body("{}")).await;
        }
        let bearer = visit
            .request(Method::GET, "/api/admin/audit")
            .bearer_auth(&plain);
        visit.send(bearer).await;
        visit
            .post("/api/sign-in", "", &json!({ "email": secret }))
            .await;
        let broken = visit
            .request(Method::POST, "/api/admin/session")
            .header("content-type", "application/json");
        visit
            .send(broken.body(format!("{{\"password\": \"{plain}")))
            .await;
    }
}

/// The line of the log that holds a secret, without it.
fn line_with(log: &str, secret: &str) -> String {
    let line = log.lines().find(|line| holds(line, secret));
    line.unwrap_or_default().replace(secret, "(…)")
}

/// Tells whether a text holds a secret. Six digits by themselves may be part of a number or of a time.
fn holds(text: &str, secret: &str) -> bool {
    if secret.len() > 6 {
        return text.contains(secret);
    }
    let is_digit =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.');
    text.match_indices(secret).any(|(place, _)| {
        let before = place
            .checked_sub(1)
            .and_then(|before| text.as_bytes().get(before));
        !is_digit(before) && !is_digit(text.as_bytes().get(place + secret.len()))
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_found_where_it_does_not_belong() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mails = MailCatcher::open_with_login("shop", SMTP_PASSWORD).await;
    let woo = WooShop::open(&StandingClock::at(SystemClock.now())).await;
    let (mut visit, links) = open(&data, &mails, &woo).await;
    buy(&mut visit, &links.webhook_secret).await;
    let session = sign_in(&mut visit, &links, &mails).await;
    play(&mut visit, &session, &links.course).await;
    administer(&mut visit, &links, &woo).await;
    misplace(&mut visit).await;

    let Visit {
        server,
        secrets,
        said,
        ..
    } = visit;
    let log = server.kill();
    assert!(log.contains("TRACE") && log.contains("/api/courses/{course_id}"));
    assert!(secrets.len() > 24, "{}", secrets.len());
    for (name, secret) in &secrets {
        assert!(
            !holds(&log, secret),
            "the log holds the {name}: {}",
            line_with(&log, secret)
        );
        assert!(!holds(&said, secret), "an answer holds the {name}");
    }
    // Addresses are kept as they are, and the keys of objects lead to them.
    let is_kept = |name: &str| {
        name.starts_with("address") || name.starts_with("unguessable") || name.starts_with("code ")
    };
    for file in ["stoa.db", "stoa.db-wal"] {
        let bytes = std::fs::read(data.join(file)).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        for (name, secret) in secrets.iter().filter(|(name, _)| !is_kept(name)) {
            assert!(!text.contains(secret.as_str()), "{file} holds the {name}");
        }
    }
    let kept = std::fs::read(data.join("stoa.db")).unwrap();
    let wal = std::fs::read(data.join("stoa.db-wal")).unwrap_or_default();
    let all = [kept, wal].concat();
    assert!(
        String::from_utf8_lossy(&all).contains(ADA),
        "the database was looked at"
    );
    let (_, app_secret) = secrets
        .iter()
        .find(|(name, _)| *name == "secret of an authenticator app")
        .unwrap();
    let raw = from_base32(app_secret);
    assert!(
        !all.windows(raw.len()).any(|window| window == raw),
        "the database holds the app's secret"
    );
}
