//! The headers that every answer carries.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::app_proxy;

/// What answers other than pages may do in a browser: nothing.
const DATA_POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// What our pages never need.
const NO_FEATURES: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), \
     magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()";

/// The headers, made once.
pub(crate) struct SecurityHeaders {
    page_policy: HeaderValue,
    always: Vec<(HeaderName, HeaderValue)>,
}

impl SecurityHeaders {
    /// Makes the headers for pages that show media from `media_base`.
    pub(crate) fn new(is_https: bool, media_base: &str) -> Self {
        let policy = page_policy(media_base);
        // An address that fits no header would stop the pages' media; nothing worse.
        let page_policy =
            HeaderValue::try_from(policy).unwrap_or_else(|_| HeaderValue::from_static(DATA_POLICY));
        let text = HeaderValue::from_static;
        let mut always = vec![
            (X_CONTENT_TYPE_OPTIONS, text("nosniff")),
            (REFERRER_POLICY, text("no-referrer")),
            (X_FRAME_OPTIONS, text("DENY")),
            (
                HeaderName::from_static("permissions-policy"),
                text(NO_FEATURES),
            ),
            (
                HeaderName::from_static("cross-origin-opener-policy"),
                text("same-origin"),
            ),
            (
                HeaderName::from_static("cross-origin-resource-policy"),
                text("same-origin"),
            ),
        ];
        if is_https {
            always.push((STRICT_TRANSPORT_SECURITY, text("max-age=31536000")));
        }
        Self {
            page_policy,
            always,
        }
    }

    /// Adds the headers to an answer; caching is forbidden unless the handler has said otherwise.
    pub(crate) fn add_to(&self, headers: &mut HeaderMap) {
        let declares = |media_type: &str| {
            let declared = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
            declared.is_some_and(|value| value.starts_with(media_type.as_bytes()))
        };
        // Shopify shows this inside a page of the shop's own: what we allow our pages would bind that one. A browser that
        // comes here by itself shows it as nothing at all.
        if declares(app_proxy::MEDIA_TYPE) {
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            return;
        }
        let is_page = declares("text/html");
        let policy = if is_page {
            self.page_policy.clone()
        } else {
            HeaderValue::from_static(DATA_POLICY)
        };
        headers.insert(CONTENT_SECURITY_POLICY, policy);
        for (name, value) in &self.always {
            headers.insert(name.clone(), value.clone());
        }
        headers
            .entry(CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
    }
}

/// What our pages may load: themselves, and media from where the links lead.
fn page_policy(media: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: {media}; \
         media-src 'self' blob: {media}; connect-src 'self' {media}; font-src 'self'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types svelte-trusted-html"
    )
}
