//! What comes after the question mark of an address.

use std::borrow::Cow;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

use crate::problem::Problem;
use crate::state::ApiState;

/// The longest name of a parameter that a problem repeats.
const LONGEST_NAME: usize = 100;

/// The parameters of a query. `T` denies unknown fields; what is wrong is refused by the name of the parameter.
pub(crate) struct QueryParameters<T>(pub(crate) T);

/// No parameters: even an unknown one is refused, so that nobody takes a request for what it is not.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoQuery {}

/// How many items a page holds: 1 to `MOST`.
#[derive(Clone, Copy)]
pub(crate) struct PageLength<const MOST: u32>(u32);

impl<const MOST: u32> PageLength<MOST> {
    /// Returns the number, or `usual` when none was asked for.
    pub(crate) fn of(asked: Option<Self>, usual: u32) -> u32 {
        asked.map_or(usual, |length| length.0)
    }
}

impl<'de, const MOST: u32> Deserialize<'de> for PageLength<MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let length = u32::deserialize(deserializer)?;
        if (1..=MOST).contains(&length) {
            Ok(Self(length))
        } else {
            Err(D::Error::custom("not a length of a page"))
        }
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<ApiState> for QueryParameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, Problem> {
        parse(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// The parameters of a page of a list: `cursor` and `limit` are read as `P`, all others as the filter `F`.
pub(crate) struct PageParameters<F, P> {
    pub(crate) filter: F,
    pub(crate) page: P,
}

impl<F: DeserializeOwned + Send, P: DeserializeOwned + Send> FromRequestParts<ApiState>
    for PageParameters<F, P>
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes());
        let (page, filter): (Vec<_>, Vec<_>) =
            pairs.partition(|(name, _)| matches!(name.as_ref(), "cursor" | "limit"));
        let write = |pairs| {
            let mut text = form_urlencoded::Serializer::new(String::new());
            text.extend_pairs::<_, Cow<'_, str>, Cow<'_, str>>(pairs);
            text.finish()
        };
        Ok(Self {
            filter: parse(&write(filter))?,
            page: parse(&write(page))?,
        })
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let path = error.path().to_string();
        explain(&path, &error.into_inner().to_string())
    })
}

/// Names the parameter; `message`, which is serde's own, would repeat its value.
fn explain(path: &str, message: &str) -> Problem {
    let wrong = match message {
        text if text.starts_with("missing field") => "is missing",
        text if text.starts_with("duplicate field") => "is there twice",
        text if text.starts_with("unknown field") => "is not known here",
        _ => "is not of the expected form",
    };
    // Where serde has no path, it names one of our own fields.
    let name = match path {
        "." => message.split('`').nth(1).unwrap_or("query"),
        _ => path,
    };
    let name: String = name.chars().take(LONGEST_NAME).collect();
    Problem::invalid_query(format!("`{name}` {wrong}")).about(name)
}

#[cfg(test)]
mod tests {
    use domain::CustomerId;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Parameters {
        customer: CustomerId,
        limit: Option<u32>,
    }

    fn refusal(query: &str) -> String {
        let parsed: Result<Parameters, Problem> = parse(query);
        format!("{:?}", parsed.unwrap_err())
    }

    #[test]
    fn what_is_wrong_is_named_and_its_value_is_not_repeated() {
        let good = "customer=cus_01ARZ3NDEKTSV4RRFFQ69G5FAV";
        let parsed: Parameters = parse(&format!("{good}&limit=7")).unwrap();
        assert_eq!(
            (parsed.customer.to_string().len(), parsed.limit),
            (30, Some(7))
        );
        for (query, wrong) in [
            (String::new(), "`customer` is missing"),
            (
                "customer=secret".into(),
                "`customer` is not of the expected form",
            ),
            (
                format!("{good}&limit=secret"),
                "`limit` is not of the expected form",
            ),
            (
                format!("{good}&limit=-1"),
                "`limit` is not of the expected form",
            ),
            (format!("{good}&{good}"), "`customer` is there twice"),
            (
                format!("{good}&colour=secret"),
                "`colour` is not known here",
            ),
            (format!("{good}&=secret"), "`` is not known here"),
        ] {
            let problem = refusal(&query);
            assert!(problem.contains(wrong), "{query}: {problem}");
            assert!(!problem.contains("secret"), "{problem}");
        }
    }

    #[test]
    fn a_page_has_at_least_one_item_and_not_more_than_it_may() {
        #[derive(Deserialize)]
        struct Page {
            limit: Option<PageLength<200>>,
        }
        let length = |query: &str| {
            parse::<Page>(query)
                .map(|page| PageLength::of(page.limit, 50))
                .ok()
        };
        assert_eq!(length(""), Some(50));
        assert_eq!(length("limit=1"), Some(1));
        assert_eq!(length("limit=200"), Some(200));
        for odd in ["limit=0", "limit=201", "limit=", "limit=1.5", "limit=-1"] {
            assert_eq!(length(odd), None, "{odd}");
        }
    }
}
