use std::net::SocketAddr;

use cloudfront::{KeyPairId, ResourceUrl, SigningKey, Verifier, generate_p256_pem};
use objects::{Folder, Metadata, ObjectKey};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::{NOW, edge_at};

/// An edge on a port of its own, spoken to in bytes.
struct Served {
    _place: TempDir,
    address: SocketAddr,
    key: SigningKey,
}

impl Served {
    async fn start(video: &[u8]) -> Self {
        let id: KeyPairId = "K2TEST".parse().unwrap();
        let key = SigningKey::from_pem(id.clone(), &generate_p256_pem().unwrap()).unwrap();
        let verifier = Verifier::new([(id, key.public_key().unwrap())]);
        let place = TempDir::new().unwrap();
        let folder = Folder::open(place.path().join("objects")).unwrap();
        let metadata = Metadata {
            content_type: "video/mp4".to_owned(),
            download_name: None,
        };
        folder
            .put(&ObjectKey::new("v/1.mp4").unwrap(), metadata, video)
            .await
            .unwrap();

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = edge::router(edge_at(
            &format!("http://{address}"),
            NOW,
            verifier,
            &folder,
        ));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self {
            _place: place,
            address,
            key,
        }
    }

    fn signed(&self) -> String {
        let url = format!("http://{}/v/1.mp4", self.address);
        let url = self
            .key
            .sign_canned(&ResourceUrl::parse(&url).unwrap(), NOW + 60)
            .unwrap();
        url.strip_prefix(&format!("http://{}", self.address))
            .unwrap()
            .to_owned()
    }

    /// Sends raw bytes and reads until the server closes the connection.
    async fn speak(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        answer
    }
}

#[tokio::test]
async fn one_connection_carries_range_head_refusal_and_whole_in_a_row() {
    let served = Served::start(b"0123456789").await;
    let (signed, host) = (served.signed(), served.address);
    let conversation = [
        format!("GET {signed} HTTP/1.1\r\nHost: {host}\r\nRange: bytes=2-4\r\n\r\n"),
        format!("HEAD {signed} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("HEAD /v/1.mp4 HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("GET {signed} HTTP/1.1\r\nHost: {host}\r\nIf-None-Match: *\r\n\r\n"),
        format!("GET {signed} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
    ];
    let answer = served.speak(conversation.concat().as_bytes()).await;
    let answer = String::from_utf8(answer).unwrap();
    let statuses: Vec<_> = answer
        .split("HTTP/1.1 ")
        .skip(1)
        .map(|part| &part[..3])
        .collect();
    assert_eq!(statuses, ["206", "200", "403", "304", "200"]);
    let bodies: Vec<_> = answer
        .split("HTTP/1.1 ")
        .skip(1)
        .map(|part| part.split_once("\r\n\r\n").unwrap().1)
        .collect();
    assert_eq!(bodies, ["234", "", "", "", "0123456789"]);
    assert!(!answer.to_ascii_lowercase().contains("transfer-encoding"));
}

#[tokio::test]
async fn bytes_that_are_no_path_get_no_object() {
    let served = Served::start(b"film").await;
    let query = served.signed().split_once('?').unwrap().1.to_owned();
    for path in [
        &b"/v/..\\1.mp4"[..],
        b"/v/1.mp4\0",
        b"/v/\xff\xfe",
        b"/v/1.mp4\x7f",
        b"\\v\\1.mp4",
        b"v/1.mp4",
        b"../v/1.mp4",
        b"*",
        b"",
    ] {
        let end = format!(
            "?{query} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            served.address
        );
        let answer = served
            .speak(&[b"GET ", path, end.as_bytes()].concat())
            .await;
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 4"), "{path:?}: {answer}");
        assert!(!answer.contains("film"), "{path:?}");
    }
}
