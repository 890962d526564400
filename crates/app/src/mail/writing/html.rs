//! The mail as a page: simple enough for every mail program, readable in light and dark, and nothing is loaded.
//!
//! Colours of text and ground stand in the style sheet alone, so that a program that drops it falls back on its own.

use domain::Language;

use super::{Block, Letterhead};

const STYLE: &str = "\
:root{color-scheme:light dark;supported-color-schemes:light dark}\
body{background:#f4f4f5;color:#1b1b1f}\
.sheet{background:#ffffff;border-color:#e0e0e4}\
.quiet{color:#5c5c66}\
@media (prefers-color-scheme:dark){\
body{background:#131316;color:#f0f0f3}\
.sheet{background:#1e1e22;border-color:#34343a}\
.quiet{color:#b0b0ba}\
a.plain{color:#9cc7ff}\
}";
const FONT: &str = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5";

/// Writes the page.
pub(super) fn write(
    title: &str,
    blocks: &[Block],
    head: &Letterhead<'_>,
    language: Language,
) -> String {
    let (tag, direction) = (language.tag(), language.direction());
    let (title, shop) = (escape(title), escape(head.shop));
    let colour = head.colour;
    let body: String = blocks.iter().map(|block| part(block, head)).collect();
    format!(
        "<!doctype html>\n\
         <html lang=\"{tag}\" dir=\"{direction}\">\n\
         <head>\n\
         <meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"supported-color-schemes\" content=\"light dark\">\n\
         <title>{title}</title>\n\
         <style>{STYLE}</style>\n\
         </head>\n\
         <body style=\"margin:0;padding:24px 12px;{FONT}\">\n\
         <div class=\"sheet\" style=\"max-width:560px;margin:0 auto;padding:8px 28px 16px;border-width:1px;\
         border-style:solid;border-top:4px solid {colour};border-radius:8px\">\n\
         <p style=\"margin:16px 0 0;font-weight:600\"><bdi>{shop}</bdi></p>\n\
         {body}</div>\n\
         </body>\n\
         </html>\n"
    )
}

fn part(block: &Block, head: &Letterhead<'_>) -> String {
    match block {
        Block::Heading(line) => format!(
            "<h1 style=\"margin:8px 0 16px;font-size:22px;line-height:1.3\">{}</h1>\n",
            escape(line)
        ),
        Block::Text(line) => format!("<p style=\"margin:0 0 16px\">{}</p>\n", escape(line)),
        Block::Quiet(line) => format!(
            "<p class=\"quiet\" style=\"margin:0 0 12px;font-size:14px\">{}</p>\n",
            escape(line)
        ),
        Block::Button { label, hint, link } => format!(
            "<p style=\"margin:8px 0 24px\"><a href=\"{0}\" style=\"display:inline-block;padding:12px 24px;\
             border-radius:6px;background:{1};color:{2};font-weight:600;text-decoration:none\">{3}</a></p>\n\
             <p class=\"quiet\" style=\"margin:0 0 4px;font-size:14px\">{4}</p>\n\
             <p style=\"margin:0 0 16px;font-size:14px;word-break:break-all\">\
             <a class=\"plain\" dir=\"ltr\" href=\"{0}\">{0}</a></p>\n",
            escape(link),
            head.colour,
            head.colour.readable(),
            escape(label),
            escape(hint)
        ),
        Block::List(lines) => {
            let item = |line: &String| format!("<li><bdi>{}</bdi></li>\n", escape(line));
            let items: String = lines.iter().map(item).collect();
            format!("<ul style=\"margin:0 0 16px;padding:0 24px\">\n{items}</ul>\n")
        }
    }
}

/// Escapes a text for HTML, between tags and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
