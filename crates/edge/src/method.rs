//! The methods that the edge answers, as headers list them.

/// The `Allow` of the edge.
pub(crate) const ANSWERED: &str = "GET, HEAD, OPTIONS";

/// What a page of an allowed origin may ask for, as the preflight tells its browser.
pub(crate) const READING: &str = "GET, HEAD";
