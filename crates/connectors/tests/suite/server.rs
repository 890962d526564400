//! A store's API for tests: raw bytes over TCP, one request a connection, so that it can misbehave in every way.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use reqwest::Url;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request as it came in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query, as sent.
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the path, still encoded, without the query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Returns a decoded parameter of the query.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let url = Url::parse(&format!("http://store.test{}", self.target)).unwrap();
        let mut pairs = url.query_pairs();
        pairs
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }

    /// Returns the body, which must be JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Returns method and target: `GET /orders?page=1`.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Writes these bytes, whatever they are, and closes the connection.
    Raw(Vec<u8>),
    /// Says nothing until the client gives up.
    Hang,
}

impl Reply {
    /// Answers 200 with this JSON.
    pub(crate) fn json(body: &Value) -> Self {
        Self::with(200, &[], body.to_string().as_bytes())
    }

    /// Answers this status with an empty JSON object.
    pub(crate) fn status(status: u16) -> Self {
        Self::with(status, &[], b"{}")
    }

    /// Answers with this status, these headers and this body, and the right length.
    pub(crate) fn with(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Self {
        Self::Raw(answer(status, headers, body, body.len()))
    }

    /// Promises this body, sends half of it and breaks off.
    pub(crate) fn half(body: &[u8]) -> Self {
        Self::Raw(answer(200, &[], &body[..body.len() / 2], body.len()))
    }

    /// Sends the client elsewhere.
    pub(crate) fn redirect(to: &str) -> Self {
        Self::with(302, &[("location", to)], b"")
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: &[u8], length: usize) -> Vec<u8> {
    let mut head = format!(
        "HTTP/1.1 {status} Scripted\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n"
    );
    for (name, value) in headers {
        head = head + name + ": " + value + "\r\n";
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

type Answering = dyn Fn(&Request) -> Reply + Send + Sync;

/// The server, on a loopback port of its own until it is dropped.
pub(crate) struct Server {
    /// `http://127.0.0.1:12345`.
    pub(crate) address: String,
    requests: Arc<Mutex<Vec<Request>>>,
    running: JoinHandle<()>,
}

impl Server {
    /// Answers each request by what `answering` makes of it.
    pub(crate) async fn answering(
        answering: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let answering: Arc<Answering> = Arc::new(answering);
        let seen = Arc::clone(&requests);
        let running = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answering), Arc::clone(&seen)));
            }
        });
        Self {
            address,
            requests,
            running,
        }
    }

    /// Answers the first request with the first reply and so on, and with 599 when none is left.
    pub(crate) async fn scripted(replies: impl IntoIterator<Item = Reply>) -> Self {
        let left: Mutex<VecDeque<_>> = Mutex::new(replies.into_iter().collect());
        Self::answering(move |_| {
            let next = left.lock().unwrap().pop_front();
            next.unwrap_or_else(|| Reply::status(599))
        })
        .await
    }

    /// Returns the requests so far, in the order of their arrival.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// Returns the methods and targets so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.requests().iter().map(Request::line).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn serve(stream: TcpStream, answering: Arc<Answering>, seen: Arc<Mutex<Vec<Request>>>) {
    let mut stream = BufReader::new(stream);
    let Some(request) = read(&mut stream).await else {
        return;
    };
    let reply = answering(&request);
    seen.lock().unwrap().push(request);
    match reply {
        Reply::Raw(bytes) => {
            // A client may refuse an answer half way.
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Reply::Hang => {
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    }
}

/// Reads a request with a `content-length` or without body; `None` when the client went away.
async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let first = line(stream).await?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    let mut length = 0;
    loop {
        let header = line(stream).await?;
        let Some((name, value)) = header.split_once(':') else {
            break;
        };
        let (name, value) = (name.to_ascii_lowercase(), value.trim().to_owned());
        if name == "content-length" {
            length = value.parse().ok()?;
        }
        headers.push((name, value));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request {
        method,
        target,
        headers,
        body,
    })
}

async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end().to_owned())
}
