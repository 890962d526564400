//! Pages and drawings that a browser would run: they are no downloads, whatever they are called.

use std::io::Read;
use std::path::Path;

/// How much of a file is looked at.
const LOOKED_AT: u64 = 64 * 1024;

/// Names that a server or browser takes for a page or a drawing.
const EXTENSIONS: [&str; 12] = [
    "htm", "html", "xhtml", "xht", "shtml", "mht", "mhtml", "svg", "svgz", "xsl", "xslt", "hta",
];

/// What a page or drawing begins with, as browsers sniff it (WHATWG MIME Sniffing §7.1), and our own additions.
const BEGINNINGS: [&str; 21] = [
    "!doctype", "html", "head", "script", "iframe", "h1", "div", "font", "table", "a", "style",
    "title", "b", "body", "br", "p", "!--", "svg", "meta", "link", "img",
];

/// Names that make any XML a page or a drawing, however its elements are prefixed.
const NAMESPACES: [&str; 2] = ["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"];

/// Tells whether a file name is that of a page or a drawing.
pub(super) fn is_named_so(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    extension.is_some_and(|extension| {
        let extension = extension.trim().to_ascii_lowercase();
        EXTENSIONS.contains(&extension.as_str())
    })
}

/// Tells whether a file is a page or a drawing. Blocks; reads its beginning.
pub(super) fn is_in(path: &Path) -> std::io::Result<bool> {
    let mut head = Vec::new();
    std::fs::File::open(path)?
        .take(LOOKED_AT)
        .read_to_end(&mut head)?;
    Ok(is_beginning(&head))
}

/// Tells whether a file that begins so is a page or a drawing.
fn is_beginning(head: &[u8]) -> bool {
    let text = as_text(head).to_ascii_lowercase();
    let text = text.trim_start();
    let is_xml = text.starts_with("<?xml") || text.starts_with("<?");
    let begins = |beginning: &str| {
        let rest = text
            .strip_prefix('<')
            .and_then(|tag| tag.strip_prefix(beginning));
        // A comment may be followed by anything, a tag ends with its name.
        rest.is_some_and(|rest| {
            beginning == "!--"
                || rest.starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/')
        })
    };
    let names_one = || {
        NAMESPACES.iter().any(|name| text.contains(name))
            || text.contains("<svg")
            || text.contains("<html")
    };
    BEGINNINGS.into_iter().any(begins) || ((is_xml || text.starts_with('<')) && names_one())
}

/// Reads bytes as text by their byte order mark; without one as UTF-8, of which only ASCII matters here.
fn as_text(head: &[u8]) -> String {
    let wide = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
        let pairs = bytes.as_chunks().0.iter();
        String::from_utf16_lossy(&pairs.map(|pair| read(*pair)).collect::<Vec<_>>())
    };
    match head {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8_lossy(head).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_drawings_are_known_by_their_names() {
        for name in [
            "a.html",
            "a.HTM",
            "drawing.svg",
            "x.pdf.svgz",
            "a.xhtml",
            "a.html ",
        ] {
            assert!(is_named_so(name), "{name}");
        }
        for name in ["a.pdf", "svg", "html.zip", "notes.md", "a.xml"] {
            assert!(!is_named_so(name), "{name}");
        }
    }

    #[test]
    fn pages_and_drawings_are_known_by_their_content() {
        for head in [
            "<!DOCTYPE html><title>x</title>",
            "\u{feff} \n<HTML>",
            "<svg xmlns='http://www.w3.org/2000/svg'/>",
            "<?xml version=\"1.0\"?>\n<!-- made by hand -->\n<svg width=\"1\">",
            "<?xml version=\"1.0\"?><x:svg xmlns:x=\"http://www.w3.org/2000/svg\"/>",
            "<x:html xmlns:x=\"http://www.w3.org/1999/xhtml\"/>",
            "<!-- a comment --><p>x",
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
        ] {
            assert!(is_beginning(head.as_bytes()), "{head}");
            let wide = |write: fn(u16) -> [u8; 2], mark: [u8; 2]| {
                let units = head.trim_start_matches('\u{feff}').encode_utf16();
                mark.into_iter()
                    .chain(units.flat_map(write))
                    .collect::<Vec<u8>>()
            };
            assert!(
                is_beginning(&wide(u16::to_le_bytes, [0xff, 0xfe])),
                "{head}"
            );
            assert!(
                is_beginning(&wide(u16::to_be_bytes, [0xfe, 0xff])),
                "{head}"
            );
        }
    }

    #[test]
    fn other_files_are_not_taken_for_them() {
        for head in [
            &b""[..],
            b"%PDF-1.7 <html>",
            b"PK\x03\x04<svg",
            b"Three colours will do. <p>",
            b"<?xml version=\"1.0\"?><recipe/>",
            b"<abbr>",
            b"# Notes\n\n<svg> is a drawing",
            b"\xff\xd8\xff\xe0JFIF",
        ] {
            assert!(!is_beginning(head), "{}", String::from_utf8_lossy(head));
        }
    }
}
