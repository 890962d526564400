//! Signing in by e-mail: what a try of a code or a link does, and what expires when.
//!
//! A wish to sign in belongs to the browser that made it. A mail brings a link and a code, either of which proves the address
//! once, within ten minutes. Neither is kept: both follow from the wish's id and a secret that is not in the database.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::email::EmailAddress;
use crate::id::SignInId;
use crate::order_number::OrderNumber;
use crate::time::Timestamp;

/// How long a code and a link work, in seconds.
const LIFE_SECONDS: i64 = 600;
/// How many codes may be tried for one wish.
const MOST_TRIES: i64 = 5;
/// How many mails an address gets in an hour, however often somebody asks for them.
pub const MOST_MAILS: i64 = 5;
/// The time in which they are counted, in seconds.
const COUNTED_SECONDS: i64 = 3_600;
/// How long a wish is remembered after it expired, in seconds: its mail counts, and other clocks may be behind.
const MEMORY_SECONDS: i64 = 86_400;
/// Digits of a code.
const CODE_DIGITS: usize = 6;
/// Codes there are.
const CODES: u64 = 1_000_000;
/// Characters of an id without its prefix.
const ID_LENGTH: usize = 26;

/// What a wish's id and our secret make.
pub type Secret = [u8; 32];

/// The hash of the token that the asking browser keeps.
pub type BrowserHash = [u8; 32];

/// How somebody wishes to sign in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SignInKind {
    /// She typed her address.
    Address,
    /// She typed an order's number: the code goes to the address that the order names.
    Purchase,
    /// A link was made for her by hand, and whoever holds it may use it.
    Link,
}

impl SignInKind {
    /// Returns the stable name, as the database writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Purchase => "purchase",
            Self::Link => "link",
        }
    }

    /// Finds the one of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Address, Self::Purchase, Self::Link]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// By what somebody wishes to be found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SignInMeans {
    /// Her address.
    Address(EmailAddress),
    /// The number of an order: the mail goes to the address that the order names, and to no other.
    Purchase(OrderNumber),
}

impl SignInMeans {
    /// Returns the kind of wish that it makes.
    #[must_use]
    pub const fn kind(&self) -> SignInKind {
        match self {
            Self::Address(_) => SignInKind::Address,
            Self::Purchase(_) => SignInKind::Purchase,
        }
    }

    /// Returns the address, when it is known from the beginning.
    #[must_use]
    pub const fn email(&self) -> Option<&EmailAddress> {
        match self {
            Self::Address(email) => Some(email),
            Self::Purchase(_) => None,
        }
    }

    /// Returns the order's number, when it is one.
    #[must_use]
    pub const fn order(&self) -> Option<&OrderNumber> {
        match self {
            Self::Purchase(number) => Some(number),
            Self::Address(_) => None,
        }
    }
}

/// What is known of a wish when somebody answers it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Wish {
    /// Which one.
    pub id: SignInId,
    /// Of what kind.
    pub kind: SignInKind,
    /// The browser that asked; `None`: any.
    pub browser: Option<BrowserHash>,
    /// Codes that were tried.
    pub tries: i64,
    /// When it expires.
    pub expires_at: Timestamp,
    /// Whether a mail went out for it: without one, nobody can know its code.
    pub is_mailed: bool,
    /// Whether it was used, or another took its place.
    pub is_over: bool,
}

/// Why an answer to a wish proves nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NoProof {
    /// The link or the code was used, replaced, tried too often, or is too old; or there never was one.
    NotValid,
    /// The link is good, in the browser that asked for it.
    OtherBrowser,
    /// That is not the code. It counts.
    WrongCode,
}

/// Returns when a wish of now expires.
#[must_use]
pub fn expires_at(now: Timestamp) -> Timestamp {
    now.plus_seconds(LIFE_SECONDS)
}

/// Returns since when mails to one address are counted.
#[must_use]
pub fn counted_since(now: Timestamp) -> Timestamp {
    now.plus_seconds(-COUNTED_SECONDS)
}

/// Returns before when a wish must have expired to be forgotten.
#[must_use]
pub fn forgotten_before(now: Timestamp) -> Timestamp {
    now.plus_seconds(-MEMORY_SECONDS)
}

/// Writes the token of a link: the wish's id, and its secret.
#[must_use]
pub fn link_token(id: SignInId, secret: &Secret) -> String {
    let id = id.to_string();
    let bare = id.split_once('_').map_or(id.as_str(), |(_, bare)| bare);
    format!("{bare}{}", URL_SAFE_NO_PAD.encode(secret))
}

/// Reads which wish a link's token is for; `None` when it is no such token.
#[must_use]
pub fn link_id(token: &str) -> Option<SignInId> {
    let (id, _) = token.split_at_checked(ID_LENGTH)?;
    format!("sgn_{id}").parse().ok()
}

/// Writes the code of a wish: six digits.
#[must_use]
pub fn code(secret: &Secret) -> String {
    // The first eight bytes are more than enough: no code is likelier than another by more than one in 10^13.
    let number = secret
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{:0CODE_DIGITS$}", number % CODES)
}

/// Says what a link proves.
///
/// # Errors
/// See [`NoProof`].
pub fn try_link(
    wish: &Wish,
    token: &str,
    secret: &Secret,
    browser: Option<&BrowserHash>,
    now: Timestamp,
) -> Result<(), NoProof> {
    if !is_same(&link_token(wish.id, secret), token) || !wish.is_open(now) {
        return Err(NoProof::NotValid);
    }
    if wish.browser.is_some() && wish.browser.as_ref() != browser {
        return Err(NoProof::OtherBrowser);
    }
    Ok(())
}

/// Says what a code proves that was typed in the browser that asked. Blanks and dashes in it mean nothing.
///
/// # Errors
/// See [`NoProof`].
pub fn try_code(wish: &Wish, typed: &str, secret: &Secret, now: Timestamp) -> Result<(), NoProof> {
    if !wish.is_open(now) || wish.tries >= MOST_TRIES {
        return Err(NoProof::NotValid);
    }
    let typed: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .collect();
    // Of a wish without a mail nobody can know the code: a right one was guessed.
    if is_same(&code(secret), &typed) && wish.is_mailed {
        Ok(())
    } else {
        Err(NoProof::WrongCode)
    }
}

impl Wish {
    /// Tells whether it may still be answered.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        !self.is_over && now < self.expires_at
    }
}

fn is_same(ours: &str, theirs: &str) -> bool {
    verify_slices_are_equal(ours.as_bytes(), theirs.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);
    const SECRET: Secret = [7; 32];
    const BROWSER: BrowserHash = [1; 32];

    fn wish() -> Wish {
        Wish {
            id: SignInId::from_parts(NOW, 1),
            kind: SignInKind::Address,
            browser: Some(BROWSER),
            tries: 0,
            expires_at: expires_at(NOW),
            is_mailed: true,
            is_over: false,
        }
    }

    #[test]
    fn a_link_works_in_the_browser_that_asked_for_ten_minutes() {
        let wish = wish();
        let token = link_token(wish.id, &SECRET);
        assert_eq!(link_id(&token), Some(wish.id));
        let asked = |browser, now| try_link(&wish, &token, &SECRET, browser, now);
        assert_eq!(asked(Some(&BROWSER), NOW.plus_seconds(599)), Ok(()));
        assert_eq!(
            asked(Some(&BROWSER), NOW.plus_seconds(600)),
            Err(NoProof::NotValid)
        );
        assert_eq!(asked(Some(&[2; 32]), NOW), Err(NoProof::OtherBrowser));
        assert_eq!(asked(None, NOW), Err(NoProof::OtherBrowser));
        let by_hand = Wish {
            kind: SignInKind::Link,
            browser: None,
            ..wish
        };
        assert_eq!(try_link(&by_hand, &token, &SECRET, None, NOW), Ok(()));
        let over = Wish {
            is_over: true,
            ..wish
        };
        let refused = try_link(&over, &token, &SECRET, Some(&[2; 32]), NOW);
        assert_eq!(
            refused,
            Err(NoProof::NotValid),
            "nobody learns that it was another's"
        );
    }

    #[test]
    fn no_altered_link_works() {
        let wish = wish();
        let token = link_token(wish.id, &SECRET);
        assert_eq!(token.len(), 69);
        for place in 0..token.len() {
            for other in ["A", "B", "0", "-"] {
                let mut altered = token.clone();
                altered.replace_range(place..=place, other);
                let answer = try_link(&wish, &altered, &SECRET, Some(&BROWSER), NOW);
                assert_eq!(answer.is_ok(), altered == token, "{place} {other}");
            }
        }
        for odd in [
            "",
            "x",
            &token[1..],
            &format!("{token}A"),
            "é".repeat(40).as_str(),
        ] {
            assert_eq!(
                try_link(&wish, odd, &SECRET, Some(&BROWSER), NOW),
                Err(NoProof::NotValid)
            );
        }
        assert_eq!(link_id("é".repeat(40).as_str()), None);
    }

    #[test]
    fn a_code_may_be_tried_five_times_in_ten_minutes() {
        let right = code(&SECRET);
        assert_eq!(right.len(), 6);
        let wrong = if right == "000000" {
            "000001"
        } else {
            "000000"
        };
        let wish = wish();
        let tried = |wish: &Wish, typed: &str, second| {
            try_code(wish, typed, &SECRET, NOW.plus_seconds(second))
        };
        assert_eq!(tried(&wish, &right, 599), Ok(()));
        assert_eq!(
            tried(&wish, &format!(" {}-{} ", &right[..3], &right[3..]), 0),
            Ok(())
        );
        assert_eq!(tried(&wish, &right, 600), Err(NoProof::NotValid));
        assert_eq!(tried(&wish, wrong, 0), Err(NoProof::WrongCode));
        assert_eq!(tried(&wish, "", 0), Err(NoProof::WrongCode));
        let last = Wish { tries: 4, ..wish };
        assert_eq!(tried(&last, &right, 0), Ok(()));
        let spent = Wish { tries: 5, ..wish };
        assert_eq!(tried(&spent, &right, 0), Err(NoProof::NotValid));
        let over = Wish {
            is_over: true,
            ..wish
        };
        assert_eq!(tried(&over, &right, 0), Err(NoProof::NotValid));
        let unsent = Wish {
            is_mailed: false,
            ..wish
        };
        assert_eq!(
            tried(&unsent, &right, 0),
            Err(NoProof::WrongCode),
            "it can only be a guess"
        );
    }

    #[test]
    fn codes_are_spread_over_all_six_digits() {
        let mut first = [0_u32; 10];
        for number in 0..10_000_u32 {
            let mut secret = [0; 32];
            let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &number.to_be_bytes());
            secret.copy_from_slice(hash.as_ref());
            let code = code(&secret);
            assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()));
            first[usize::from(code.as_bytes()[0] - b'0')] += 1;
        }
        assert!(
            first.iter().all(|count| (850..1_150).contains(count)),
            "{first:?}"
        );
    }

    #[test]
    fn kinds_read_back_from_their_names() {
        for kind in [SignInKind::Address, SignInKind::Link] {
            assert_eq!(SignInKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(SignInKind::from_name("guess"), None);
    }
}
