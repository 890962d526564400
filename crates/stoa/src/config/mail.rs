//! The settings of `[mail]`, and the shop's colour.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use app::mail::smtp::{Security, Sender, Server};
use app::mail::{Colour, Templates};
use domain::{EmailAddress, Language};

use super::reading::Reading;

/// How mail goes out, and how it looks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct MailSettings {
    /// Where it goes out; `None`: it waits.
    pub(crate) server: Option<MailServer>,
    /// The language for readers of whom no other is known.
    pub(crate) language: Language,
    /// The shop's colour.
    pub(crate) colour: Colour,
    /// The texts, with the shop's own among them.
    pub(crate) templates: Templates,
}

/// A mail server, and whom the mails that it gets come from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MailServer {
    host: String,
    port: u16,
    security: Security,
    login: Option<(String, Password)>,
    from: Mailbox,
    reply_to: Option<EmailAddress>,
}

/// A password that does not show itself.
#[derive(Clone, PartialEq)]
struct Password(String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// An address, perhaps with a name before it.
#[derive(Clone, Debug, PartialEq)]
struct Mailbox {
    name: Option<String>,
    address: EmailAddress,
}

impl MailSettings {
    pub(super) fn read(r: &mut Reading<'_>) -> Self {
        Self {
            server: MailServer::read(r),
            language: r.parsed("mail.language", Language::default(), |text| {
                text.parse().map_err(|error| format!("{error}"))
            }),
            templates: r.parsed("mail.templates", Templates::default(), templates),
            colour: r.parsed("shop.colour", Colour::default(), |text| {
                text.parse().map_err(|error| format!("{error}"))
            }),
        }
    }
}

/// Reads the files of a folder as the shop's own texts.
fn templates(folder: &str) -> Result<Templates, String> {
    let cannot_read = |error: std::io::Error| format!("cannot be read: {error}");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(cannot_read)? {
        let path = entry.map_err(cannot_read)?.path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let Some(name) = name.filter(|name| !name.starts_with('.') && path.is_file()) else {
            continue;
        };
        let content = std::fs::read_to_string(&path);
        files.push((name, content.map_err(cannot_read)?));
    }
    files.sort();
    Templates::read(&files).map_err(|wrong| {
        let lines: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        lines.join("\n  ")
    })
}

impl MailServer {
    fn read(r: &mut Reading<'_>) -> Option<Self> {
        let host = r.optional("mail.server", host);
        let security = r.parsed("mail.tls", Security::StartTls, security);
        let usual = match security {
            Security::StartTls => 587_u16,
            Security::Tls => 465,
            Security::None => 25,
        };
        let port = r.parsed("mail.port", usual, port);
        let from = r.optional("mail.from", mailbox);
        let reply_to = r.optional("mail.reply_to", address);
        let login = login(r);
        let Some(host) = host else {
            for key in [
                "mail.port",
                "mail.tls",
                "mail.from",
                "mail.reply_to",
                "mail.user",
            ] {
                if r.is_set(key) && !r.is_set("mail.server") {
                    r.blame(key, "means nothing without mail.server");
                }
            }
            return None;
        };
        if security == Security::None && !is_loopback(&host) {
            let message = "none is only for a mail server on this machine: use starttls or tls";
            r.blame("mail.tls", message);
        }
        if !r.is_set("mail.from") {
            let message = "must say whom mail comes from, such as My Shop <shop@example.com>";
            r.blame("mail.from", message);
        }
        Some(Self {
            host,
            port,
            security,
            login,
            from: from?,
            reply_to,
        })
    }

    /// Describes the server for the part that sends; we call ourselves by the host of our own address.
    pub(crate) fn server(&self, public_url: &str) -> Server {
        let (_, host) = public_url.split_once("://").unwrap_or(("", public_url));
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let is_number = name.parse::<IpAddr>().is_ok();
        let login = self.login.clone();
        Server {
            host: self.host.clone(),
            port: self.port,
            security: self.security,
            credentials: login.map(|(user, password)| (user, password.0)),
            hello: if is_number {
                format!("[{name}]")
            } else {
                name.to_owned()
            },
        }
    }

    /// Says whom the mails come from: by the shop's name, unless another is set.
    pub(crate) fn sender(&self, shop: &str) -> Sender {
        let name = self.from.name.clone();
        Sender {
            name: name.unwrap_or_else(|| shop.to_owned()),
            address: self.from.address.clone(),
            reply_to: self.reply_to.clone(),
        }
    }
}

fn login(r: &mut Reading<'_>) -> Option<(String, Password)> {
    let user = r.optional("mail.user", |text| Ok(text.to_owned()));
    let written = r.optional("mail.password", |text| Ok(Password(text.to_owned())));
    let file = r.optional("mail.password_file", |text| Ok(PathBuf::from(text)));
    if written.is_some() && file.is_some() {
        r.blame("mail.password", "is set, and so is mail.password_file");
    }
    let read = match file.as_deref().map(password) {
        Some(Ok(password)) => Some(password),
        Some(Err(message)) => {
            r.blame("mail.password_file", message);
            return None;
        }
        None => None,
    };
    match (user, written.or(read)) {
        (Some(user), Some(password)) => Some((user, password)),
        (Some(_), None) => {
            r.blame("mail.user", "needs mail.password or mail.password_file");
            None
        }
        (None, Some(_)) => {
            r.blame("mail.user", "is missing beside the password");
            None
        }
        (None, None) => None,
    }
}

fn password(file: &Path) -> Result<Password, &'static str> {
    let text = std::fs::read_to_string(file).map_err(|_| "cannot be read")?;
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err("is empty");
    }
    Ok(Password(password.to_owned()))
}

fn host(text: &str) -> Result<String, String> {
    let is_host = text.parse::<IpAddr>().is_ok()
        || (!text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-'));
    if is_host {
        Ok(text.to_owned())
    } else {
        Err("must be the server's name alone, such as smtp.example.com".to_owned())
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn security(text: &str) -> Result<Security, String> {
    match text {
        "starttls" => Ok(Security::StartTls),
        "tls" => Ok(Security::Tls),
        "none" => Ok(Security::None),
        _ => Err("must be starttls, tls or none".to_owned()),
    }
}

fn port(text: &str) -> Result<u16, String> {
    let port = text.parse().ok().filter(|port| *port > 0);
    port.ok_or_else(|| "must be a port, such as 587".to_owned())
}

fn address(text: &str) -> Result<EmailAddress, String> {
    text.parse()
        .map_err(|_| "must be an e-mail address".to_owned())
}

fn mailbox(text: &str) -> Result<Mailbox, String> {
    let wrong = || "must be like My Shop <shop@example.com>".to_owned();
    if text.contains(char::is_control) {
        return Err(wrong());
    }
    let (name, inner) = match text.split_once('<') {
        Some((name, rest)) => (
            name.trim(),
            rest.trim_end().strip_suffix('>').ok_or_else(wrong)?,
        ),
        None => ("", text),
    };
    let name = name.trim_matches('"').trim();
    Ok(Mailbox {
        name: (!name.is_empty()).then(|| name.to_owned()),
        address: inner.parse().map_err(|_| wrong())?,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use figment::Figment;
    use figment::providers::{Format, Toml};

    use super::*;

    fn read(toml: &str) -> Result<MailSettings, Vec<(String, String)>> {
        let figment = Figment::new().merge(Toml::string(toml));
        let mut reading = Reading::new(&figment);
        let settings = MailSettings::read(&mut reading);
        let problems = reading.finish();
        if problems.is_empty() {
            return Ok(settings);
        }
        let problems = problems.into_iter();
        Err(problems.map(|p| (p.key, p.message)).collect())
    }

    fn keys(toml: &str) -> Vec<String> {
        let problems = read(toml).unwrap_err();
        problems.into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn without_a_server_nothing_needs_to_be_said() {
        assert_eq!(read("").unwrap(), MailSettings::default());
        assert_eq!(keys("[mail]\nfrom = 'a@b.org'"), ["mail.from"]);
    }

    #[test]
    fn a_server_is_read_with_its_usual_port_and_the_name_before_the_address() {
        let settings = read(
            "[mail]\nserver = 'smtp.example.com'\nfrom = '\"Ann, Baker\" <Ann@Example.com>'\n\
             user = 'ann'\npassword = 'secret'\nlanguage = 'de'\n[shop]\ncolour = '#102030'",
        )
        .unwrap();
        assert_eq!(settings.language, Language::German);
        assert_eq!(settings.colour.to_string(), "#102030");
        let server = settings.server.unwrap();
        let sender = server.sender("My Shop");
        assert_eq!(sender.name, "Ann, Baker");
        assert_eq!(sender.address.as_str(), "ann@example.com");
        let described = server.server("https://courses.example.com:8443");
        assert_eq!(
            (described.port, described.security),
            (587, Security::StartTls)
        );
        assert_eq!(described.hello, "courses.example.com");
        assert_eq!(server.server("http://127.0.0.1:8080").hello, "[127.0.0.1]");
        let login = ("ann".to_owned(), "secret".to_owned());
        assert_eq!(described.credentials, Some(login));
        assert!(!format!("{server:?}").contains("secret"));
    }

    #[test]
    fn the_shop_s_name_stands_before_an_address_alone() {
        let settings = read("[mail]\nserver = '::1'\ntls = 'none'\nfrom = 'a@b.org'").unwrap();
        let server = settings.server.unwrap();
        assert_eq!(server.sender("My Shop").name, "My Shop");
        assert_eq!(server.server("https://x.test").port, 25);
    }

    #[test]
    fn mail_leaves_this_machine_only_in_a_secure_connection() {
        let far = "[mail]\nserver = 'smtp.example.com'\nfrom = 'a@b.org'\ntls = 'none'";
        assert_eq!(keys(far), ["mail.tls"]);
        let near = far.replace("smtp.example.com", "localhost");
        assert!(read(&near).is_ok());
    }

    #[test]
    fn all_that_is_wrong_is_found_at_once() {
        let found = keys(
            "[mail]\nserver = 'smtp://x'\nport = 0\ntls = 'ssl'\nfrom = 'Ann <a@b.org> and Bob'\n\
             reply_to = 'nobody'\nuser = 'ann'\nlanguage = 'fr'\n[shop]\ncolour = 'red'",
        );
        let mut expected = [
            "mail.server",
            "mail.tls",
            "mail.port",
            "mail.from",
            "mail.reply_to",
            "mail.user",
            "mail.language",
            "shop.colour",
        ]
        .map(str::to_owned)
        .to_vec();
        expected.sort();
        let mut found = found;
        found.sort();
        assert_eq!(found, expected);
        assert_eq!(keys("[mail]\nserver = 'x.test'"), ["mail.from"]);
    }

    #[test]
    fn a_password_may_stand_in_a_file_and_only_there_or_here() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "from a file").unwrap();
        let path = file.path().display();
        let toml = format!(
            "[mail]\nserver = 'x.test'\nfrom = 'a@b.org'\nuser = 'ann'\npassword_file = '{path}'"
        );
        let server = read(&toml).unwrap().server.unwrap();
        let (_, password) = server.server("https://x.test").credentials.unwrap();
        assert_eq!(password, "from a file");
        assert_eq!(keys(&format!("{toml}\npassword = 'x'")), ["mail.password"]);
        let missing = toml.replace(&path.to_string(), "/nowhere/at/all");
        assert_eq!(keys(&missing), ["mail.password_file"]);
        let nobody = toml.replace("user = 'ann'", "");
        assert_eq!(keys(&nobody), ["mail.user"]);
    }
}
