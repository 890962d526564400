//! Writes one page of text as a PDF: enough for the demo's handouts, and nothing more.

use std::fmt::Write as _;

/// A4 in points.
const WIDTH: u32 = 595;
const HEIGHT: u32 = 842;
/// Space left of the text, and from the page's top to the first baseline.
const MARGIN: u32 = 64;

/// Writes a page with a title and lines below it. A line that begins with `# ` is a heading; one that begins with `- ` has a
/// bullet. Lines are not wrapped: up to 80 characters fit. Characters that Latin-1 and Windows do not know become `?`.
pub(super) fn write_page(title: &str, lines: &[&str]) -> Vec<u8> {
    let content = draw(title, lines);
    let objects = [
        b"<</Type/Catalog/Pages 2 0 R/Lang(en)>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 {WIDTH} {HEIGHT}]/Contents 4 0 R\
             /Resources<</Font<</R 5 0 R/B 6 0 R>>>>>>"
        )
        .into_bytes(),
        stream(&content),
        font("Helvetica"),
        font("Helvetica-Bold"),
        [b"<</Title(".as_slice(), &literal(title), b")>>"].concat(),
    ];
    assemble(&objects)
}

/// Numbers the objects and writes the table of where each begins.
fn assemble(objects: &[Vec<u8>]) -> Vec<u8> {
    // The second line tells programs that the file is binary.
    let mut file = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = String::from("0000000000 65535 f \n");
    for (number, object) in (1..).zip(objects) {
        let _ = writeln!(table, "{:010} 00000 n ", file.len());
        file.extend(format!("{number} 0 obj\n").bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let (start, size) = (file.len(), objects.len() + 1);
    file.extend(
        format!(
            "xref\n0 {size}\n{table}trailer\n<</Size {size}/Root 1 0 R/Info 7 0 R>>\nstartxref\n{start}\n%%EOF\n"
        )
        .bytes(),
    );
    file
}

fn draw(title: &str, lines: &[&str]) -> Vec<u8> {
    let mut content = Vec::new();
    let mut baseline = HEIGHT - MARGIN - 16;
    show(&mut content, "B", 22, MARGIN, baseline, title);
    // A short rule under the title.
    content.extend(format!("0.06 0.42 0.36 rg {MARGIN} {} 40 3 re f\n", baseline - 18).bytes());
    baseline = baseline.saturating_sub(28);
    for line in lines {
        if let Some(heading) = line.strip_prefix("# ") {
            baseline = baseline.saturating_sub(30);
            show(&mut content, "B", 13, MARGIN, baseline, heading);
            baseline = baseline.saturating_sub(4);
        } else if let Some(item) = line.strip_prefix("- ") {
            baseline = baseline.saturating_sub(18);
            show(&mut content, "R", 11, MARGIN, baseline, "•");
            show(&mut content, "R", 11, MARGIN + 14, baseline, item);
        } else {
            baseline = baseline.saturating_sub(18);
            show(&mut content, "R", 11, MARGIN, baseline, line);
        }
    }
    content
}

fn show(content: &mut Vec<u8>, font: &str, size: u32, left: u32, baseline: u32, text: &str) {
    content.extend(format!("BT 0.11 g /{font} {size} Tf 1 0 0 1 {left} {baseline} Tm (").bytes());
    content.extend(literal(text));
    content.extend(b") Tj ET\n");
}

fn stream(content: &[u8]) -> Vec<u8> {
    let head = format!("<</Length {}>>\nstream\n", content.len());
    [head.as_bytes(), content, b"endstream"].concat()
}

fn font(name: &str) -> Vec<u8> {
    format!("<</Type/Font/Subtype/Type1/BaseFont/{name}/Encoding/WinAnsiEncoding>>").into_bytes()
}

/// Writes the inside of a string in `WinAnsiEncoding`, which is Latin-1 with a few more signs.
fn literal(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '(' | ')' | '\\' => bytes.extend([b'\\', latin_1(sign)]),
            '€' => bytes.push(0x80),
            '’' => bytes.push(0x92),
            '•' => bytes.push(0x95),
            '–' => bytes.push(0x96),
            _ => bytes.push(latin_1(sign)),
        }
    }
    bytes
}

fn latin_1(sign: char) -> u8 {
    match u8::try_from(u32::from(sign)) {
        Ok(byte) if (0x20..0x7f).contains(&byte) || byte >= 0xa0 => byte,
        _ => b'?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_begins_where_the_table_says() {
        let file = write_page("Palette", &["# Blues", "- Ultramarine (warm)", "Done."]);
        let text = String::from_utf8_lossy(&file);
        assert!(file.starts_with(b"%PDF-1.4\n") && file.ends_with(b"%%EOF\n"));
        let start = text.rsplit("startxref\n").next().unwrap();
        let start: usize = start.lines().next().unwrap().parse().unwrap();
        assert!(file[start..].starts_with(b"xref\n0 8\n"));
        let table = std::str::from_utf8(&file[start..]).unwrap();
        for (number, line) in table.lines().skip(3).take(7).enumerate() {
            let offset: usize = line[..10].parse().unwrap();
            let begins = format!("{} 0 obj\n", number + 1);
            assert!(file[offset..].starts_with(begins.as_bytes()), "{line}");
        }
    }

    #[test]
    fn signs_that_end_a_string_are_escaped_and_foreign_ones_replaced() {
        assert_eq!(literal("a(b)\\"), b"a\\(b\\)\\\\");
        assert_eq!(literal("crème – 5 €\n水"), b"cr\xe8me \x96 5 \x80??");
    }

    #[test]
    fn a_stream_says_how_long_it_is() {
        let file = write_page("T", &["one"]);
        let text: Vec<u8> = file
            .iter()
            .map(|b| if *b < 128 { *b } else { b'.' })
            .collect();
        let text = String::from_utf8(text).unwrap();
        let (head, rest) = text.split_once(">>\nstream\n").unwrap();
        let length: usize = head.rsplit("/Length ").next().unwrap().parse().unwrap();
        assert_eq!(&rest[length..length + 9], "endstream");
    }
}
