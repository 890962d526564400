//! Sending by SMTP.

use std::time::{Duration, UNIX_EPOCH};

use domain::EmailAddress;
use lettre::address::AddressError;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::{Letter, MailError, Mailer, Sending};

/// How long the server may take for each step.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long one letter may take in all; well within a worker's lease.
const LONGEST: Duration = Duration::from_mins(1);

/// How the connection is secured.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Security {
    /// It begins in the clear and must be secured before anything is sent (usually port 587).
    StartTls,
    /// It is TLS from the beginning (usually port 465).
    Tls,
    /// It is not: for a server on this very machine.
    None,
}

/// Where mail goes out.
#[derive(Clone)]
pub struct Server {
    /// Its name, which its certificate must bear.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    pub security: Security,
    /// User and password, when it asks for them.
    pub credentials: Option<(String, String)>,
    /// What we call ourselves when we greet it.
    pub hello: String,
}

/// Whom the mails come from.
#[derive(Clone, Debug)]
pub struct Sender {
    /// A name for people.
    pub name: String,
    /// The address.
    pub address: EmailAddress,
    /// Where answers go, when not to the address.
    pub reply_to: Option<EmailAddress>,
}

/// Tells that mail cannot be sent with these settings.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The certificates of this machine cannot be read.
    #[error("the certificates of this machine cannot be read")]
    Certificates(#[source] lettre::transport::smtp::Error),
    /// The sender's address is one that mail servers cannot take.
    #[error("mail servers cannot take the sender's address")]
    Sender(#[source] AddressError),
}

/// Sends letters by one mail server, over connections that are kept for the next.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
}

impl Smtp {
    /// Makes ready; nothing is connected yet.
    ///
    /// # Errors
    /// See [`SetupError`].
    pub fn new(server: &Server, sender: &Sender) -> Result<Self, SetupError> {
        let parameters = || TlsParameters::new(server.host.clone());
        let tls = match server.security {
            Security::StartTls => Tls::Required(parameters().map_err(SetupError::Certificates)?),
            Security::Tls => Tls::Wrapper(parameters().map_err(SetupError::Certificates)?),
            Security::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host)
            .port(server.port)
            .tls(tls)
            .timeout(Some(PATIENCE))
            .hello_name(ClientId::Domain(server.hello.clone()));
        if let Some((user, password)) = &server.credentials {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        let mailbox = |name: Option<String>, email: &EmailAddress| {
            let address = address(email).map_err(SetupError::Sender)?;
            Ok::<_, SetupError>(Mailbox::new(name, address))
        };
        let reply_to = sender.reply_to.as_ref();
        Ok(Self {
            transport: builder.build(),
            from: mailbox(Some(one_line(&sender.name)), &sender.address)?,
            reply_to: reply_to.map(|email| mailbox(None, email)).transpose()?,
        })
    }

    fn compose(&self, letter: &Letter) -> Result<Message, MailError> {
        let to = address(&letter.to).map_err(|_| MailError::Address)?;
        let seconds = u64::try_from(letter.at.as_seconds()).unwrap_or(0);
        let name = format!("<{}@{}>", letter.name, self.from.email.domain());
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(one_line(&letter.written.subject))
            .date(UNIX_EPOCH + Duration::from_secs(seconds))
            .message_id(Some(name))
            // Nobody's absence note shall answer (RFC 3834).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        if let Some(reply_to) = &self.reply_to {
            message = message.reply_to(reply_to.clone());
        }
        let written = &letter.written;
        let parts = MultiPart::alternative_plain_html(written.text.clone(), written.html.clone());
        message.multipart(parts).map_err(|_| MailError::Address)
    }

    async fn deliver(&self, letter: &Letter) -> Result<(), MailError> {
        let message = self.compose(letter)?;
        // First a connection: whoever is refused there is we, not the addressee.
        let connected = self.transport.test_connection().await;
        connected.map_err(|error| before_the_letter(&error))?;
        let sent = self.transport.send(message).await;
        sent.map(drop).map_err(|error| about_the_letter(&error))
    }
}

impl Mailer for Smtp {
    fn send<'a>(&'a self, letter: &'a Letter) -> Sending<'a> {
        Box::pin(async move {
            let sent = tokio::time::timeout(LONGEST, self.deliver(letter)).await;
            sent.unwrap_or(Err(MailError::Unreachable))
        })
    }
}

fn address(email: &EmailAddress) -> Result<Address, AddressError> {
    email.as_str().parse()
}

/// Makes one line of a text: whatever could begin another header is a space.
pub(super) fn one_line(text: &str) -> String {
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let words = text.split(|c: char| is_break(c) || c.is_whitespace());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

fn code(error: &lettre::transport::smtp::Error) -> Option<u16> {
    error.status().map(u16::from)
}

fn before_the_letter(error: &lettre::transport::smtp::Error) -> MailError {
    match code(error) {
        Some(code @ (530 | 534 | 535 | 538)) => MailError::Credentials(code),
        Some(code) => MailError::NotNow(code),
        // What we asked for is not offered: TLS, or a way to sign in.
        None if error.is_tls() || error.is_client() => MailError::Tls,
        None => MailError::Unreachable,
    }
}

fn about_the_letter(error: &lettre::transport::smtp::Error) -> MailError {
    match code(error) {
        Some(code @ (530 | 534 | 535 | 538)) => MailError::Credentials(code),
        Some(code) if error.is_permanent() => MailError::Refused(code),
        Some(code) => MailError::NotNow(code),
        // The address has letters that this server cannot take.
        None if error.is_client() => MailError::Address,
        None => MailError::Unreachable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_could_begin_another_header_is_a_space() {
        for odd in [
            "\r\n", "\n", "\r", "\u{0}", "\u{85}", "\u{2028}", "\u{b}", "\t",
        ] {
            let line = one_line(&format!(" Bread{odd}Bcc: eve@example.com"));
            assert_eq!(line, "Bread Bcc: eve@example.com", "{odd:?}");
        }
    }
}
