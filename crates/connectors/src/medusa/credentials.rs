//! The key of a Medusa server's Admin API.

use secrecy::SecretString;

use crate::api::{ApiAddress, ApiCredentials, Call, CredentialsError, HttpClient};

/// How a secret API key looks, as Medusa's Admin shows it once.
const KEY: &str = "sk_…";

/// A server and the key to it. `Debug` hides the key.
#[derive(Clone, Debug)]
pub(super) struct Server {
    client: HttpClient,
    address: ApiAddress,
    key: SecretString,
}

impl Server {
    /// Takes in where the server is and its secret API key.
    ///
    /// # Errors
    /// The address is not a safe one, or the key is not a secret API key.
    pub(super) fn new(
        client: &HttpClient,
        credentials: &ApiCredentials,
    ) -> Result<Self, CredentialsError> {
        let key = credentials.secret.expose().trim();
        let is_key = key.strip_prefix("sk_").is_some_and(|rest| {
            (1..=255).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        if !is_key {
            return Err(CredentialsError::Secret(KEY));
        }
        Ok(Self {
            client: client.clone(),
            address: ApiAddress::parse(&credentials.address)?,
            key: SecretString::from(key.to_owned()),
        })
    }

    /// Begins a GET of a path of the Admin API. Medusa takes the key as the user of basic authentication, without a
    /// password.
    pub(super) fn get<'a>(
        &self,
        path: impl IntoIterator<Item = &'a str>,
        query: &[(&str, &str)],
    ) -> Call {
        use secrecy::ExposeSecret;

        let segments = std::iter::once("admin").chain(path);
        let mut url = self.address.at(segments);
        url.query_pairs_mut().extend_pairs(query);
        self.client.get(url).basic(self.key.expose_secret(), "")
    }
}
