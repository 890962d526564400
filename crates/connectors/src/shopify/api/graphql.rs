//! Questions to the Admin API: signing in, and the errors that come with HTTP 200.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::{ExternalId, Timestamp};
use serde_json::{Value, json};

use crate::api::{Answer, ApiAddress, ApiCredentials, ApiError, CredentialsError, HttpClient};
use crate::json::{Field, ParseError};
use crate::secret::StoreSecret;

/// The version whose names the queries use.
const VERSION: &str = "2026-07";

const TOKEN_HEADER: &str = "x-shopify-access-token";

/// One shop's Admin API.
pub(super) struct GraphQl {
    client: HttpClient,
    address: ApiAddress,
    access: Access,
}

/// How we sign in.
enum Access {
    /// By a token that does not expire, from an app that was made in the shop's own admin.
    Token(StoreSecret),
    /// By the app's client id and secret, for which the shop gives tokens of a day.
    Client {
        id: String,
        secret: StoreSecret,
        token: Mutex<Option<StoreSecret>>,
    },
}

impl GraphQl {
    pub(super) fn open(
        client: &HttpClient,
        credentials: &ApiCredentials,
    ) -> Result<Self, CredentialsError> {
        let secret = credentials.secret.clone();
        let is_plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        if !is_plain(secret.expose()) {
            return Err(CredentialsError::Secret(
                "the app's client secret (shpss_…), or an Admin API access token (shpat_…)",
            ));
        }
        let is_token = secret.expose().starts_with("shpat_");
        let access = match &credentials.key {
            _ if is_token => Access::Token(secret),
            Some(id) if is_plain(id) => Access::Client {
                id: id.clone(),
                secret,
                token: Mutex::new(None),
            },
            Some(_) | None => {
                return Err(CredentialsError::Key(
                    "the app's client id, 32 characters; only a secret that begins with shpat_ needs none",
                ));
            }
        };
        Ok(Self {
            client: client.clone(),
            address: ApiAddress::parse(&credentials.address)?,
            access,
        })
    }

    /// Asks one question and returns what was found.
    pub(super) async fn ask(&self, query: &str, variables: Value) -> Result<Reply, ApiError> {
        let body = json!({ "query": query, "variables": variables });
        let token = self.token().await?;
        let answer = match (self.post(&body, &token).await, &self.access) {
            // The token's day is over, or the app was installed anew.
            (Err(ApiError::Denied(401)), Access::Client { token: known, .. }) => {
                *known.lock().unwrap_or_else(PoisonError::into_inner) = None;
                let token = self.token().await?;
                self.post(&body, &token).await?
            }
            (answer, _) => answer?,
        };
        Reply::of(answer)
    }

    async fn post(&self, body: &Value, token: &StoreSecret) -> Result<Answer, ApiError> {
        let url = self.address.at(["admin", "api", VERSION, "graphql.json"]);
        let call = self.client.post(url, body);
        call.header(TOKEN_HEADER, token.expose()).send().await
    }

    async fn token(&self) -> Result<StoreSecret, ApiError> {
        let (id, secret, known) = match &self.access {
            Access::Token(token) => return Ok(token.clone()),
            Access::Client { id, secret, token } => (id, secret, token),
        };
        let remembered = known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(token) = remembered {
            return Ok(token);
        }
        let url = self.address.at(["admin", "oauth", "access_token"]);
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", id.as_str()),
            ("client_secret", secret.expose()),
        ];
        let answer = match self.client.post_form(url, &fields).send().await {
            // Shopify's way to say that the client is unknown or not installed in this shop.
            Err(ApiError::Status(400)) => return Err(ApiError::Denied(400)),
            answer => answer?,
        };
        let token = answer
            .json
            .root()
            .required("access_token")?
            .text()?
            .to_owned();
        let token = StoreSecret::new(token);
        *known.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(token)
    }
}

/// An answer without errors.
pub(super) struct Reply(Answer);

impl Reply {
    fn of(answer: Answer) -> Result<Self, ApiError> {
        if let Some(error) = reported(&answer.json.root())? {
            return Err(error);
        }
        Ok(Self(answer))
    }

    /// Reads the data.
    pub(super) fn read<T>(
        &self,
        reader: impl FnOnce(&Field<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let root = self.0.json.root();
        let data = root.required("data")?;
        reader(&data)
    }

    pub(super) fn store_time(&self) -> Option<Timestamp> {
        self.0.store_time()
    }
}

/// The error of a question about something that the app may not see.
pub(super) const ACCESS_DENIED: ApiError =
    ApiError::Reported("that the app lacks an access scope (ACCESS_DENIED)");

/// Reads the errors of an answer. An answer with errors may hold data beside them; it is not used, for what is missing
/// from it would read as if it were not there.
fn reported(root: &Field<'_>) -> Result<Option<ApiError>, ApiError> {
    let Some(errors) = root.optional("errors")? else {
        return Ok(None);
    };
    let unnamed = ApiError::Reported("that it does not understand the question");
    let Ok(mut errors) = errors.items() else {
        return Ok(Some(unnamed));
    };
    let Some(first) = errors.next() else {
        return Ok(None);
    };
    let Some(extensions) = first.optional("extensions")? else {
        return Ok(Some(unnamed));
    };
    let Some(code) = extensions.optional("code")? else {
        return Ok(Some(unnamed));
    };
    Ok(Some(match code.text()? {
        "THROTTLED" => ApiError::Busy {
            retry_after: wait(root)?,
        },
        "ACCESS_DENIED" => ACCESS_DENIED,
        "SHOP_INACTIVE" => ApiError::Reported("that the shop is not active (SHOP_INACTIVE)"),
        "MAX_COST_EXCEEDED" => {
            ApiError::Reported("that the question costs too much (MAX_COST_EXCEEDED)")
        }
        // It says HTTP 200, and means this.
        "INTERNAL_SERVER_ERROR" | "TIMEOUT" => ApiError::Status(500),
        _ => unnamed,
    }))
}

/// Reads how long it takes until the shop can afford the question.
fn wait(root: &Field<'_>) -> Result<Option<Duration>, ParseError> {
    let Some(extensions) = root.optional("extensions")? else {
        return Ok(None);
    };
    let Some(cost) = extensions.optional("cost")? else {
        return Ok(None);
    };
    let requested = points(&cost.required("requestedQueryCost")?)?;
    let status = cost.required("throttleStatus")?;
    let available = points(&status.required("currentlyAvailable")?)?;
    let rate = points(&status.required("restoreRate")?)?;
    let seconds = (requested - available).max(1.0) / rate.max(1.0);
    Ok(Duration::try_from_secs_f64(seconds).ok())
}

fn points(field: &Field<'_>) -> Result<f64, ParseError> {
    let points = field.decimal()?.parse();
    points.map_err(|_| field.wrong("must be a number of points"))
}

/// Reads an id such as `gid://shopify/Order/1001` as the number that webhooks write.
pub(super) fn number(field: &Field<'_>) -> Result<ExternalId, ParseError> {
    let problem = "must be an id such as gid://shopify/Order/1001";
    let text = field.text()?;
    let path = text.strip_prefix("gid://shopify/");
    let number = path.and_then(|path| path.split_once('/')).map(|(_, id)| id);
    let number = number.filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()));
    let id = number.and_then(|id| id.parse().ok());
    id.ok_or_else(|| field.wrong(problem))
}

/// Reads the id of an object that may be missing.
pub(super) fn optional_number(
    object: &Field<'_>,
    name: &'static str,
) -> Result<Option<ExternalId>, ParseError> {
    let Some(found) = object.optional(name)? else {
        return Ok(None);
    };
    number(&found.required("id")?).map(Some)
}

/// Reads where a connection goes on after this page.
pub(super) fn next_page(connection: &Field<'_>) -> Result<Option<String>, ApiError> {
    let info = connection.required("pageInfo")?;
    if !info.required("hasNextPage")?.boolean()? {
        return Ok(None);
    }
    Ok(Some(info.required("endCursor")?.text()?.to_owned()))
}

/// The way through a connection, page by page.
#[derive(Default)]
pub(super) struct Pages {
    after: Option<String>,
    seen: BTreeSet<String>,
}

impl Pages {
    /// Returns where the page begins that is to be asked for.
    pub(super) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// Goes on to the next page, if there is one.
    pub(super) fn go_on(&mut self, next: Option<String>) -> Result<bool, ApiError> {
        if let Some(next) = &next
            && !self.seen.insert(next.clone())
        {
            return Err(ApiError::PagingLoop);
        }
        self.after = next;
        Ok(self.after.is_some())
    }
}
