//! Reading a message: its headers, its text and its page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A message with two bodies that say the same.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its headers as they came, one a line, unfolded.
    pub headers: Vec<(String, String)>,
    /// The text.
    pub text: String,
    /// The page.
    pub html: String,
}

impl Message {
    pub(super) fn read(raw: &str) -> Self {
        let (headers, body) = part(raw);
        let kind = value(&headers, "content-type").unwrap_or_default();
        let (mut text, mut html) = (String::new(), String::new());
        let boundary = kind.split_once("boundary=").map(|(_, rest)| {
            let end = rest.split(';').next().unwrap_or_default();
            format!("--{}", end.trim().trim_matches('"'))
        });
        let parts = boundary
            .iter()
            .flat_map(|boundary| body.split(boundary.as_str()));
        for inner in parts.skip(1) {
            let (headers, body) = part(inner.trim_start_matches("\r\n"));
            let kind = value(&headers, "content-type").unwrap_or_default();
            let encoding = value(&headers, "content-transfer-encoding").unwrap_or_default();
            let body = decode(body, &encoding);
            if kind.starts_with("text/plain") {
                text = body;
            } else if kind.starts_with("text/html") {
                html = body;
            }
        }
        Self {
            headers,
            text,
            html,
        }
    }

    /// Returns a header as people read it; empty when there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> String {
        words(&value(&self.headers, name).unwrap_or_default())
    }

    /// Returns the subject as people read it.
    #[must_use]
    pub fn subject(&self) -> String {
        self.header("subject")
    }
}

/// Parts headers and body.
fn part(raw: &str) -> (Vec<(String, String)>, &str) {
    let (head, body) = raw.split_once("\r\n\r\n").unwrap_or((raw, ""));
    let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let headers = head.split("\r\n").filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    });
    (headers.collect(), body)
}

fn value(headers: &[(String, String)], name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let mut found = headers.iter().filter(|(known, _)| *known == name);
    found.next().map(|(_, value)| value.clone())
}

fn decode(body: &str, encoding: &str) -> String {
    let bytes = match encoding.to_ascii_lowercase().as_str() {
        "base64" => {
            let body: String = body.split_whitespace().collect();
            STANDARD.decode(body).unwrap()
        }
        "quoted-printable" => quoted_printable(body),
        _ => body.as_bytes().to_vec(),
    };
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
}

/// Undoes quoted-printable (RFC 2045 §6.7).
fn quoted_printable(text: &str) -> Vec<u8> {
    let text = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let escaped = (*first == b'=')
            .then(|| behind.split_at_checked(2))
            .flatten();
        if let Some((digits, behind)) = escaped {
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap());
            rest = behind;
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    bytes
}

/// Undoes encoded words (RFC 2047).
fn words(value: &str) -> String {
    // Between two encoded words a space does not count.
    let value = value.replace("?= =?", "?==?");
    let mut read = String::new();
    let mut rest = value.as_str();
    while let Some((before, after)) = rest.split_once("=?") {
        let Some((word, behind)) = encoded(after) else {
            break;
        };
        read.push_str(before);
        read.push_str(&word);
        rest = behind;
    }
    read.push_str(rest);
    read
}

fn encoded(text: &str) -> Option<(String, &str)> {
    let (_, text) = text.split_once('?')?;
    let (encoding, text) = text.split_once('?')?;
    let (word, behind) = text.split_once("?=")?;
    let bytes = match encoding.to_ascii_lowercase().as_str() {
        "b" => STANDARD.decode(word).ok()?,
        _ => quoted_printable(&word.replace('_', " ")),
    };
    Some((String::from_utf8_lossy(&bytes).into_owned(), behind))
}
