//! What every handler can reach.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use app::App;
use app::origin::origin;
use axum::extract::FromRef;
use bytes::Bytes;
use domain::network::Network;

use crate::Api;
use crate::course_texts::CourseTexts;
use crate::embed;
use crate::headers::SecurityHeaders;
use crate::metrics::Metrics;
use crate::session::Cookies;

/// The router's state. Cheap to clone.
#[derive(Clone)]
pub(crate) struct ApiState(Arc<Shared>);

/// What is made once.
pub(crate) struct Shared {
    pub(crate) app: App,
    /// Scheme, host and port of the pages as a browser writes them in `Origin`.
    pub(crate) origin: String,
    pub(crate) cookies: Cookies,
    pub(crate) headers: SecurityHeaders,
    pub(crate) metrics: Metrics,
    pub(crate) course_texts: CourseTexts,
    /// What the stores' own pages may ask: paths, each with its methods.
    pub(crate) for_embeds: BTreeMap<String, String>,
    /// The API's description.
    pub(crate) document: Bytes,
    /// The same as a page.
    pub(crate) document_page: Bytes,
    /// Whose word on where a request comes from is taken.
    pub(crate) trusted_proxies: Vec<Network>,
    instance: String,
    requests: AtomicU64,
}

impl Shared {
    pub(crate) fn new(api: Api, document: String, document_page: String) -> Self {
        let origin = origin(&api.settings.public_url);
        let is_https = origin.starts_with("https://");
        Self {
            cookies: Cookies::new(is_https),
            headers: SecurityHeaders::new(is_https, api.app.media_base()),
            metrics: Metrics::default(),
            course_texts: CourseTexts::default(),
            for_embeds: embed::shared(),
            document: document.into(),
            document_page: document_page.into(),
            app: api.app,
            origin,
            trusted_proxies: api.settings.trusted_proxies,
            instance: api.settings.instance,
            requests: AtomicU64::new(0),
        }
    }

    /// Makes the id of a request: unique in this process, and among processes as far as their instances are.
    pub(crate) fn new_request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("req_{}_{number:x}", self.instance)
    }
}

impl From<Shared> for ApiState {
    fn from(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl Deref for ApiState {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRef<ApiState> for App {
    fn from_ref(state: &ApiState) -> Self {
        state.app.clone()
    }
}
