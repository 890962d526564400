//! Text inside pages that are written here.

/// Escapes a text for HTML, inside elements and inside attributes in double quotes.
pub(crate) fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}
