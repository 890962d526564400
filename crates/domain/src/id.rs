//! Identifiers: ours carry a visible prefix (`crs_01JDV5…`), a store's own are kept as the store writes them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::time::Timestamp;

/// Tells that a text is not an identifier of the kind expected.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not {expected}")]
pub struct IdError {
    /// What was expected, for example "an id beginning with crs_".
    pub expected: &'static str,
}

macro_rules! prefixed_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(Ulid);

        impl $name {
            /// What every identifier of this kind begins with.
            pub const PREFIX: &'static str = $prefix;

            /// Makes an identifier from a time and 80 random bits (higher bits of `random` are ignored).
            #[must_use]
            pub fn from_parts(at: Timestamp, random: u128) -> Self {
                Self(Ulid::from_parts(at.as_milliseconds(), random))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                parse_ulid(text, $prefix)
                    .map(Self)
                    .ok_or(IdError { expected: concat!("an id beginning with ", $prefix) })
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    )*};
}

prefixed_ids! {
    /// One of our products: what an order line pays for.
    ProductId = "prd_";
    /// A video course.
    CourseId = "crs_";
    /// A module of a course.
    ModuleId = "mod_";
    /// A video of a module.
    VideoId = "vid_";
    /// A file to download.
    FileId = "fil_";
    /// A customer.
    CustomerId = "cus_";
    /// A connected store.
    StoreId = "sto_";
    /// A store's product, variant or SKU.
    StoreItemId = "itm_";
    /// A rule that says which product new SKUs stand for.
    SkuRuleId = "skr_";
    /// An order, as we keep it.
    OrderId = "ord_";
    /// A row of `customer_access`.
    GrantId = "acc_";
    /// An administrator's "no".
    BlockId = "blk_";
    /// An administrator's extension of a grant.
    ExtensionId = "ext_";
    /// A webhook in the inbox.
    DeliveryId = "dlv_";
    /// A job.
    JobId = "job_";
    /// An API token.
    TokenId = "tok_";
    /// An administrator.
    AdminId = "adm_";
    /// A session, as whoever is signed in sees it.
    SessionId = "ses_";
    /// A browser or an app in which somebody has signed in.
    DeviceId = "dev_";
    /// A wish to sign in.
    SignInId = "sgn_";
    /// A mail.
    MailId = "mal_";
    /// What a store asks about people's data.
    PrivacyRequestId = "prv_";
}

/// Only the canonical spelling is an id: one thing has one name, also in caches and logs.
fn parse_ulid(text: &str, prefix: &str) -> Option<Ulid> {
    let body = text.strip_prefix(prefix)?;
    let ulid = Ulid::from_string(body).ok()?;
    (ulid.to_string() == body).then_some(ulid)
}

/// One course or one file: what access is about.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum ContentId {
    /// A video course.
    Course(CourseId),
    /// A file to download.
    File(FileId),
}

impl ContentId {
    /// Returns the course, when this is one.
    #[must_use]
    pub fn course(self) -> Option<CourseId> {
        match self {
            Self::Course(id) => Some(id),
            Self::File(_) => None,
        }
    }

    /// Returns the file, when this is one.
    #[must_use]
    pub fn file(self) -> Option<FileId> {
        match self {
            Self::Course(_) => None,
            Self::File(id) => Some(id),
        }
    }
}

impl fmt::Display for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Course(id) => id.fmt(f),
            Self::File(id) => id.fmt(f),
        }
    }
}

impl FromStr for ContentId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let course = text.parse().map(Self::Course);
        course
            .or_else(|_| text.parse().map(Self::File))
            .map_err(|_| IdError {
                expected: "an id beginning with crs_ or fil_",
            })
    }
}

impl TryFrom<String> for ContentId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<ContentId> for String {
    fn from(id: ContentId) -> Self {
        id.to_string()
    }
}

/// An identifier in a store's own words: 1 to 255 bytes without control characters. Never a number to us, so that ids
/// beyond 2^53 survive.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ExternalId(String);

impl ExternalId {
    /// Returns the identifier as the store writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ExternalId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let fits = (1..=255).contains(&text.len()) && !text.chars().any(char::is_control);
        fits.then(|| Self(text.to_owned())).ok_or(IdError {
            expected: "a store's id of 1 to 255 bytes without control characters",
        })
    }
}

impl TryFrom<String> for ExternalId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<ExternalId> for String {
    fn from(id: ExternalId) -> Self {
        id.0
    }
}

impl fmt::Display for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a store in addresses and on the command line: 1 to 40 of `a-z`, `0-9` and `-`, beginning with a letter.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct StoreName(String);

impl StoreName {
    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for StoreName {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let fits = text.len() <= 40
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        fits.then(|| Self(text.to_owned())).ok_or(IdError {
            expected: "a store name of 1 to 40 of a-z, 0-9 and -, beginning with a letter",
        })
    }
}

impl TryFrom<String> for StoreName {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<StoreName> for String {
    fn from(name: StoreName) -> Self {
        name.0
    }
}

impl fmt::Display for StoreName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_explains_itself_and_reads_back() {
        let id = CourseId::from_parts(Timestamp::from_seconds(1_800_000_000), 7);
        assert!(id.to_string().starts_with("crs_01"));
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn one_kind_of_id_cannot_be_passed_for_another() {
        let id = CourseId::from_parts(Timestamp::from_seconds(1), 7).to_string();
        assert!(id.parse::<VideoId>().is_err());
        assert!(id.replace("crs_", "vid_").parse::<CourseId>().is_err());
    }

    #[test]
    fn a_content_is_one_of_two_kinds() {
        let at = Timestamp::from_seconds(1);
        let (course, file) = (CourseId::from_parts(at, 1), FileId::from_parts(at, 1));
        let (a, b) = (ContentId::Course(course), ContentId::File(file));
        assert_eq!((a.course(), a.file()), (Some(course), None));
        assert_eq!((b.course(), b.file()), (None, Some(file)));
    }

    #[test]
    fn what_is_named_by_a_text_is_written_as_that_text() {
        fn written<T: Into<String> + FromStr + fmt::Display>(text: &str) -> bool
        where
            T::Err: fmt::Debug,
        {
            let read = || text.parse::<T>().unwrap();
            read().to_string() == text && Into::<String>::into(read()) == text
        }
        assert!(written::<ContentId>("fil_01ARZ3NDEKTSV4RRFFQ69G5FAV"));
        assert!(written::<ExternalId>("gid://shop/Order/9007199254740993"));
        assert!(written::<StoreName>("shop-2"));
        assert_eq!("shop-2".parse::<StoreName>().unwrap().as_str(), "shop-2");
    }

    #[test]
    fn only_the_canonical_spelling_is_an_id() {
        let id = CourseId::from_parts(Timestamp::from_seconds(1), 77).to_string();
        assert!(id.to_lowercase().parse::<CourseId>().is_err());
        for bad in [
            "",
            "crs_",
            "crs_1",
            "crs_81111111111111111111111111",
            &format!("{id} "),
        ] {
            assert!(bad.parse::<CourseId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_content_is_a_course_or_a_file() {
        let file = FileId::from_parts(Timestamp::from_seconds(1), 1);
        assert_eq!(file.to_string().parse(), Ok(ContentId::File(file)));
        assert!(
            "vid_01ARZ3NDEKTSV4RRFFQ69G5FAV"
                .parse::<ContentId>()
                .is_err()
        );
    }

    #[test]
    fn store_names_fit_into_an_address() {
        assert!("demo-shop2".parse::<StoreName>().is_ok());
        for bad in ["", "2shop", "Shop", "a/b", "a.b", &"a".repeat(41)] {
            assert!(bad.parse::<StoreName>().is_err(), "{bad}");
        }
    }
}
