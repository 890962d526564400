//! What a browser is called in the list of its owner's sessions.

use std::fmt;

/// A few words for a browser, such as `Firefox on Linux`: made of words of ours, never of what the browser sent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct DeviceLabel {
    browser: Option<&'static str>,
    system: Option<&'static str>,
}

/// Browsers by what their `User-Agent` holds. Nearly all call themselves Chrome or Safari besides, so the order counts.
const BROWSERS: [(&str, &str); 14] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];

/// Systems; an iPhone says `like Mac OS X`, and Android says Linux, so the order counts.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

impl DeviceLabel {
    /// Reads a `User-Agent`. What it does not know it leaves out.
    #[must_use]
    pub fn of(user_agent: &str) -> Self {
        let first = |words: &[(&str, &'static str)]| {
            let known = words.iter().find(|(sign, _)| user_agent.contains(sign));
            known.map(|(_, word)| *word)
        };
        Self {
            browser: first(&BROWSERS),
            system: first(&SYSTEMS),
        }
    }
}

impl fmt::Display for DeviceLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.browser, self.system) {
            (Some(browser), Some(system)) => write!(f, "{browser} on {system}"),
            (Some(word), None) | (None, Some(word)) => f.write_str(word),
            (None, None) => f.write_str("Unknown browser"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_called_by_its_own_name_and_its_system() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        let named = [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".to_owned(),
                "Firefox on Linux",
            ),
            (
                format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/142.0.0.0 Safari/537.36"),
                "Chrome on Windows",
            ),
            (
                format!(
                    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"
                ),
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/26.0 Mobile/15E148 Safari/604.1"
                    .to_owned(),
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1"
                    .to_owned(),
                "Chrome on iPad",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; SM-S931B) AppleWebKit/537.36 (KHTML, like Gecko) \
                 SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36"
                    .to_owned(),
                "Samsung Internet on Android",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/26.0 Safari/605.1.15"
                    .to_owned(),
                "Safari on macOS",
            ),
            ("curl/8.5.0".to_owned(), "curl"),
            ("(Windows NT 10.0)".to_owned(), "Windows"),
            (String::new(), "Unknown browser"),
            ("<script>alert(1)</script>".repeat(1_000), "Unknown browser"),
        ];
        for (user_agent, label) in named {
            assert_eq!(
                DeviceLabel::of(&user_agent).to_string(),
                label,
                "{user_agent}"
            );
        }
    }

    #[test]
    fn no_label_is_longer_than_sixty_characters() {
        for (browser, _) in BROWSERS {
            for (system, _) in SYSTEMS {
                let label = DeviceLabel::of(&format!("{browser} {system}")).to_string();
                assert!(label.len() <= 60, "{label}");
            }
        }
    }
}
