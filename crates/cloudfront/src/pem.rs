//! PEM text (RFC 7468) with exactly one key in it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::key_error::KeyError;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// `openssl ecparam -genkey` writes this block before the key; it repeats what the key says.
const CURVE_NAME: &str = "EC PARAMETERS";

/// One PEM block.
pub(crate) struct Block<'a> {
    pub(crate) label: &'a str,
    pub(crate) der: Vec<u8>,
}

/// Reads the one block of a text. What stands around it is ignored, as RFC 7468 advises.
pub(crate) fn read(text: &str) -> Result<Block<'_>, KeyError> {
    let mut found = None;
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let Some(label) = line.strip_prefix(BEGIN) else {
            continue;
        };
        let Some(label) = label.strip_suffix(DASHES) else {
            return Err(if line.contains("\\n") {
                KeyError::EscapedLineBreaks
            } else {
                KeyError::Damaged
            });
        };
        let block = Block {
            label,
            der: body(label, &mut lines)?,
        };
        if label == CURVE_NAME {
            continue;
        }
        if found.replace(block).is_some() {
            return Err(KeyError::SeveralBlocks);
        }
    }
    found.ok_or(KeyError::NoBlock)
}

fn body<'a>(label: &str, lines: &mut impl Iterator<Item = &'a str>) -> Result<Vec<u8>, KeyError> {
    let mut base64 = String::new();
    for line in lines {
        if let Some(end) = line.strip_prefix(END) {
            if end.strip_suffix(DASHES) != Some(label) {
                return Err(KeyError::Damaged);
            }
            return STANDARD.decode(base64).map_err(|_| KeyError::Damaged);
        }
        // The header of keys that OpenSSL encrypted before PKCS#8.
        if line.starts_with("Proc-Type:") && line.ends_with("ENCRYPTED") {
            return Err(KeyError::Encrypted);
        }
        base64.push_str(line);
    }
    Err(KeyError::Damaged)
}

/// Says why a block that is neither the wanted key nor its other half cannot be used.
pub(crate) fn unexpected(label: &str) -> KeyError {
    match label {
        "ENCRYPTED PRIVATE KEY" => KeyError::Encrypted,
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => KeyError::CertificateGiven,
        "OPENSSH PRIVATE KEY" => KeyError::OpenSshKey,
        _ => KeyError::UnsupportedBlock,
    }
}

/// Writes one block, 64 characters a line.
pub(crate) fn write(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let mut text = format!("{BEGIN}{label}{DASHES}\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(64).unwrap_or((rest, ""));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(END);
    text.push_str(label);
    text.push_str(DASHES);
    text.push('\n');
    text
}
