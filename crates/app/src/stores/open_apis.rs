//! The stores' APIs that are open. Kept from question to question, because some platforms give out a token for a day, which
//! would else be asked for each time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest;
use connectors::StoreApi;
use connectors::api::{ApiCredentials, CredentialsError};
use domain::StoreId;

/// SHA-256 of credentials.
type Mark = [u8; 32];

/// Which are open.
#[derive(Default)]
pub(crate) struct OpenApis(Mutex<HashMap<StoreId, Opened>>);

/// An API, with the mark of the credentials that it was opened with.
type Opened = (Mark, Arc<dyn StoreApi>);

impl OpenApis {
    /// Returns the store's API when it is open with these credentials, else opens it.
    pub(crate) fn find_or(
        &self,
        store: StoreId,
        credentials: &ApiCredentials,
        open: impl FnOnce() -> Result<Box<dyn StoreApi>, CredentialsError>,
    ) -> Result<Arc<dyn StoreApi>, CredentialsError> {
        let mark = mark(credentials);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, api)) = known.get(&store).filter(|(opened, _)| *opened == mark) {
            return Ok(Arc::clone(api));
        }
        let api: Arc<dyn StoreApi> = Arc::from(open()?);
        known.insert(store, (mark, Arc::clone(&api)));
        Ok(api)
    }
}

fn mark(credentials: &ApiCredentials) -> Mark {
    let mut context = digest::Context::new(&digest::SHA256);
    let key = credentials.key.as_deref();
    for part in [
        Some(credentials.address.as_str()),
        key,
        Some(credentials.secret.expose()),
    ] {
        // Lengths keep apart what would else run together; an absent key is none of any length.
        let length = part.map_or(u64::MAX, |part| {
            u64::try_from(part.len()).unwrap_or(u64::MAX)
        });
        context.update(&length.to_be_bytes());
        context.update(part.unwrap_or_default().as_bytes());
    }
    let mut mark = [0; 32];
    mark.copy_from_slice(context.finish().as_ref());
    mark
}

#[cfg(test)]
mod tests {
    use connectors::{StoreKind, StoreSecret, connector};
    use domain::Timestamp;

    use super::*;

    #[test]
    fn an_api_is_opened_once_and_anew_with_other_credentials() {
        let http = connectors::api::HttpClient::new(connectors::api::Limits::default()).unwrap();
        let store = StoreId::from_parts(Timestamp::from_seconds(1), 1);
        let apis = OpenApis::default();
        let opened = std::cell::Cell::new(0);
        let ask = |secret: &str, key: Option<&str>| {
            let credentials = ApiCredentials {
                address: "https://shop.example.com".to_owned(),
                key: key.map(str::to_owned),
                secret: StoreSecret::new(secret.to_owned()),
            };
            let open = || {
                opened.set(opened.get() + 1);
                let medusa = ApiCredentials {
                    key: None,
                    ..credentials.clone()
                };
                connector(StoreKind::Medusa).open_api(&http, &medusa)
            };
            apis.find_or(store, &credentials, open).map(drop).unwrap();
            opened.get()
        };
        assert_eq!((ask("sk_one", None), ask("sk_one", None)), (1, 1));
        assert_eq!((ask("sk_two", None), ask("sk_two", Some(""))), (2, 3));
    }
}
