//! The edge through its router, with real signatures over a real folder.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    missing_docs,
    reason = "tests"
)]

mod access;
mod conditions;
mod cors;
mod escapes;
mod headers;
mod ranges;
mod socket;
mod vectors;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use cloudfront::{
    CustomPolicy, KeyPairId, ResourcePattern, ResourceUrl, SigningKey, Verifier, generate_p256_pem,
};
use edge::{Edge, Settings, ShopOrigins};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use objects::{Folder, Metadata, ObjectKey};
use tempfile::TempDir;
use tower::ServiceExt;

const BASE: &str = "http://127.0.0.1:8081";
const HOST: &str = "127.0.0.1:8081";
const SHOP: &str = "https://shop.example.com";
const NOW: u64 = 1_800_000_000;

/// An edge at [`BASE`] whose time stands still at [`NOW`].
struct Cdn {
    place: TempDir,
    folder: Folder,
    key: SigningKey,
    shops: ShopOrigins,
    router: Router,
}

#[derive(Debug, PartialEq)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Cdn {
    fn new() -> Self {
        let id: KeyPairId = "K2TEST".parse().unwrap();
        let key = SigningKey::from_pem(id.clone(), &generate_p256_pem().unwrap()).unwrap();
        let verifier = Verifier::new([(id, key.public_key().unwrap())]);
        let place = TempDir::new().unwrap();
        let folder = Folder::open(place.path().join("objects")).unwrap();
        let edge = edge_at(BASE, NOW, verifier, &folder);
        let shops = edge.shop_origins();
        let router = edge::router(edge);
        Self {
            place,
            folder,
            key,
            shops,
            router,
        }
    }

    /// An edge that has one video of these bytes at `v/1.mp4`.
    async fn with_video(bytes: &[u8]) -> Self {
        let cdn = Self::new();
        cdn.put("v/1.mp4", bytes).await;
        cdn
    }

    async fn put(&self, key: &str, bytes: &[u8]) {
        let metadata = Metadata {
            content_type: "video/mp4".to_owned(),
            download_name: None,
        };
        self.folder
            .put(&ObjectKey::new(key).unwrap(), metadata, bytes)
            .await
            .unwrap();
    }

    /// Signs a path for one minute and returns it with its query.
    fn sign(&self, path: &str) -> String {
        self.sign_until(path, NOW + 60)
    }

    fn sign_until(&self, path: &str, expires: u64) -> String {
        let url = ResourceUrl::parse(&format!("{BASE}{path}")).unwrap();
        target(&self.key.sign_canned(&url, expires).unwrap())
    }

    /// Returns the query that opens everything under `pattern`, whatever the path.
    fn sign_below(&self, pattern: &str, example: &str) -> String {
        let pattern = ResourcePattern::parse(&format!("{BASE}{pattern}")).unwrap();
        let policy = self
            .key
            .sign_policy(&CustomPolicy::new(pattern, NOW + 60))
            .unwrap();
        let url = policy
            .url(&ResourceUrl::parse(&format!("{BASE}{example}")).unwrap())
            .unwrap();
        url.split_once('?').unwrap().1.to_owned()
    }

    async fn get(&self, target: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", target, headers).await
    }

    /// Gets the video with a fresh signature.
    async fn get_video(&self, headers: &[(&str, &str)]) -> Answer {
        self.get(&self.sign("/v/1.mp4"), headers).await
    }

    /// Sends a request with our `Host` unless `headers` has its own.
    async fn ask(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(target);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", HOST);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let (head, body) = self
            .router
            .clone()
            .oneshot(request)
            .await
            .unwrap()
            .into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer {
            status: head.status,
            headers: head.headers,
            body,
        }
    }

    async fn send_from(&self, viewer: &str, target: &str) -> Answer {
        let viewer: SocketAddr = viewer.parse().unwrap();
        let request = Request::builder().uri(target).header("host", HOST);
        let request = request
            .extension(ConnectInfo(viewer))
            .body(Body::empty())
            .unwrap();
        self.send(request).await
    }
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

fn edge_at(base: &str, now: u64, verifier: Verifier, folder: &Folder) -> Edge {
    let settings = Settings {
        public_base: base.to_owned(),
        allowed_origins: vec![SHOP.to_owned()],
    };
    Edge::new(
        folder.clone(),
        Arc::new(verifier),
        Arc::new(move || now),
        &settings,
    )
    .unwrap()
}

/// Returns path and query of a URL.
fn target(url: &str) -> String {
    url.strip_prefix(BASE).unwrap().to_owned()
}
