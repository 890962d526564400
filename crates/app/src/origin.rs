//! Where we are, as browsers and tokens write it.

use crate::App;

impl App {
    /// Returns the origin of our pages: what browsers write in `Origin`, and what hand-off tokens must be addressed to.
    #[must_use]
    pub fn origin(&self) -> String {
        origin(&self.parts.public_url)
    }
}

/// Writes an address as browsers write origins: lower case, no trailing slash, no usual port.
#[must_use]
pub fn origin(public_url: &str) -> String {
    let url = public_url.trim_end_matches('/').to_ascii_lowercase();
    let usual_port = if url.starts_with("https://") {
        ":443"
    } else {
        ":80"
    };
    url.strip_suffix(usual_port).unwrap_or(&url).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_writes() {
        assert_eq!(
            origin("https://Courses.Example.com/"),
            "https://courses.example.com"
        );
        assert_eq!(
            origin("https://courses.example.com:443"),
            "https://courses.example.com"
        );
        assert_eq!(origin("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
        assert_eq!(origin("http://localhost:80/"), "http://localhost");
    }
}
