//! A mail server on loopback that takes every mail, shows it, and misbehaves when it is told to.

mod message;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use app::mail::Post;
use app::mail::smtp::{Security, Sender, Server, Smtp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub use self::message::Message;

/// Whom the test shop's mails come from.
pub const SENDER: &str = "shop@shop.test";

/// A mail server (RFC 5321) that keeps what it is sent.
pub struct MailCatcher {
    port: u16,
    state: Arc<State>,
    listening: JoinHandle<()>,
}

/// A mail as it was taken.
#[derive(Clone, Debug)]
pub struct CaughtMail {
    /// Whom the envelope says it comes from.
    pub from: String,
    /// To whom the envelope sends it.
    pub to: Vec<String>,
    /// What was in it.
    pub message: Message,
}

#[derive(Default)]
struct State {
    mails: Mutex<Vec<CaughtMail>>,
    refused: Mutex<BTreeMap<String, &'static str>>,
    greeting: Mutex<Option<&'static str>>,
    login: Option<String>,
}

impl MailCatcher {
    /// Opens a server that lets everybody in.
    pub async fn open() -> Self {
        Self::listen(State::default()).await
    }

    /// Opens a server that asks for a user and a password.
    pub async fn open_with_login(user: &str, password: &str) -> Self {
        Self::listen(State {
            login: Some(STANDARD.encode(format!("\0{user}\0{password}"))),
            ..State::default()
        })
        .await
    }

    async fn listen(state: State) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(state);
        let shared = state.clone();
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = shared.clone();
                // A client that breaks off is none of our business.
                tokio::spawn(async move { converse(stream, &state).await.ok() });
            }
        });
        Self {
            port,
            state,
            listening,
        }
    }

    /// Returns its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns what sends mails here, without TLS.
    #[must_use]
    pub fn mailer(&self) -> Smtp {
        self.mailer_by(Security::None, None, "Test shop")
    }

    /// Returns the part of an application that sends mails here.
    #[must_use]
    pub fn post(&self) -> Post {
        Post {
            mailer: Some(Box::new(self.mailer())),
            ..Post::default()
        }
    }

    /// Returns what tries to send mails here in this way.
    #[must_use]
    pub fn mailer_by(
        &self,
        security: Security,
        credentials: Option<(String, String)>,
        name: &str,
    ) -> Smtp {
        let server = Server {
            host: "127.0.0.1".into(),
            port: self.port,
            security,
            credentials,
            hello: "courses.test".into(),
        };
        let sender = Sender {
            name: name.into(),
            address: SENDER.parse().unwrap(),
            reply_to: None,
        };
        Smtp::new(&server, &sender).unwrap()
    }

    /// Returns what was taken so far.
    #[must_use]
    pub fn caught(&self) -> Vec<CaughtMail> {
        self.state.mails.lock().unwrap().clone()
    }

    /// Answers this to mails for an address, such as `550 5.1.1 no such user`.
    pub fn refuse(&self, address: &str, reply: &'static str) {
        let mut refused = self.state.refused.lock().unwrap();
        refused.insert(address.to_owned(), reply);
    }

    /// Takes mails for every address again.
    pub fn take_all(&self) {
        self.state.refused.lock().unwrap().clear();
        *self.state.greeting.lock().unwrap() = None;
    }

    /// Greets whoever comes with this, such as `421 4.3.2 come back later`, and hangs up.
    pub fn turn_away(&self, reply: &'static str) {
        *self.state.greeting.lock().unwrap() = Some(reply);
    }
}

impl Drop for MailCatcher {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn converse(stream: TcpStream, state: &State) -> std::io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading);
    let turned_away = *state.greeting.lock().unwrap();
    if let Some(reply) = turned_away {
        return say(&mut writing, reply).await;
    }
    say(&mut writing, "220 catcher.test ESMTP").await?;
    let mut may_send = state.login.is_none();
    let (mut from, mut to) = (String::new(), Vec::new());
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        let verb = line.split([' ', ':']).next().unwrap().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" if state.login.is_some() => {
                say(
                    &mut writing,
                    "250-catcher.test\r\n250-8BITMIME\r\n250 AUTH PLAIN",
                )
                .await?;
            }
            "EHLO" => say(&mut writing, "250-catcher.test\r\n250 8BITMIME").await?,
            "AUTH" => {
                may_send = line.strip_prefix("AUTH PLAIN ") == state.login.as_deref();
                let reply = if may_send {
                    "235 welcome"
                } else {
                    "535 5.7.8 wrong password"
                };
                say(&mut writing, reply).await?;
            }
            "MAIL" if !may_send => say(&mut writing, "530 5.7.0 sign in first").await?,
            "MAIL" => {
                from = angled(line);
                to.clear();
                say(&mut writing, "250 ok").await?;
            }
            "RCPT" => {
                let address = angled(line);
                let refused = state.refused.lock().unwrap().get(&address).copied();
                if refused.is_none() {
                    to.push(address);
                }
                say(&mut writing, refused.unwrap_or("250 ok")).await?;
            }
            "DATA" => {
                say(&mut writing, "354 go on").await?;
                let message = Message::read(&data(&mut lines).await?);
                let (from, to) = (from.clone(), std::mem::take(&mut to));
                let caught = CaughtMail { from, to, message };
                state.mails.lock().unwrap().push(caught);
                say(&mut writing, "250 taken").await?;
            }
            "QUIT" => return say(&mut writing, "221 bye").await,
            "NOOP" | "RSET" => say(&mut writing, "250 ok").await?,
            _ => say(&mut writing, "502 5.5.1 not here").await?,
        }
    }
}

/// Reads a message up to the dot, whose doubling is undone (RFC 5321 §4.5.2).
async fn data(lines: &mut (impl AsyncBufReadExt + Unpin)) -> std::io::Result<String> {
    let mut message = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(message);
        }
        message.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

async fn say(writing: &mut (impl AsyncWriteExt + Unpin), reply: &str) -> std::io::Result<()> {
    writing.write_all(format!("{reply}\r\n").as_bytes()).await
}

fn angled(line: &str) -> String {
    let (_, rest) = line.split_once('<').unwrap_or_default();
    rest.split('>').next().unwrap_or_default().to_owned()
}
