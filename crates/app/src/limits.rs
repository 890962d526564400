//! How often anybody may try to get in, counted for all instances together in the database.
//!
//! What is counted, and for whom, is chosen so that strangers cannot use up what belongs to the one they pretend to be: a browser
//! in which she has signed in before has an allowance of its own, and all browsers in which she has not share another. Whoever
//! holds neither a known browser nor a session is counted by the network that she comes from as well.
//!
//! Keys are keyed hashes: the tables tell neither who tried nor from where.

use std::net::IpAddr;

use domain::network::Network;
use domain::rate_limit::Rate;
use domain::{EmailAddress, OrderNumber, SessionId, Timestamp};
use storage::known_browsers::{self, BrowserMark};
use storage::rate_limits::{self, LimitKey};
use storage::{Access, StorageError, Tx, sign_ins};

use crate::App;
use crate::random::hash_token;

/// What the sealing key makes keys of allowances for.
const LIMITS: &str = "stoa rate limits 1";
/// What it makes marks of browsers for.
const BROWSERS: &str = "stoa known browsers 1";
/// How long a browser stays known to somebody who does not come: as long as it keeps a cookie.
const KNOWN_DAYS: i64 = 400;
/// How long an allowance is kept after it is free: machines' clocks differ.
const MARGIN_SECONDS: i64 = 60;

/// What somebody tries.
#[derive(Clone, Copy)]
pub enum Attempt<'a> {
    /// To be sent a mail for signing in.
    AskToSignIn {
        /// The address.
        email: &'a EmailAddress,
        /// The token of her device.
        device: Option<&'a str>,
    },
    /// To be sent one to the address that an order names.
    AskByOrder {
        /// The order's number.
        number: &'a OrderNumber,
    },
    /// To sign in by a mail's link or code.
    ConfirmSignIn {
        /// The token of the browser that asked.
        asking: Option<&'a str>,
    },
    /// To sign in by a shop's word.
    HandOff,
    /// To sign in as an administrator, by password and code.
    SignInAdmin {
        /// The address; `None` when what was typed is none.
        email: Option<&'a EmailAddress>,
        /// The token of her device.
        device: Option<&'a str>,
    },
    /// To use an administrator's one-time link.
    SetUpAdmin,
    /// To prove once more who she is, by password or code.
    ProveAdmin {
        /// Her session.
        session: SessionId,
    },
}

/// Who signs in, as browsers are known to her.
#[derive(Clone, Copy)]
pub(crate) enum Person<'a> {
    Customer(&'a EmailAddress),
    Admin(&'a EmailAddress),
}

/// Why somebody has to wait.
#[derive(Debug, thiserror::Error)]
pub enum LimitError {
    /// It was tried too often.
    #[error("tried too often; next in {wait_seconds} s")]
    TooOften {
        /// After how many seconds it may be tried again.
        wait_seconds: u32,
    },
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
enum Rule {
    AskByNetwork,
    AskForAddress,
    AskForOrder,
    AskInKnownBrowser,
    ConfirmByNetwork,
    ConfirmInAskingBrowser,
    HandOffByNetwork,
    AdminByNetwork,
    AdminForAddress,
    AdminInKnownBrowser,
    SetUpByNetwork,
    ProveInSession,
}

impl Rule {
    /// The name under which it is counted and told to the log.
    const fn name(self) -> &'static str {
        match self {
            Self::AskByNetwork => "ask_by_network",
            Self::AskForAddress => "ask_for_address",
            Self::AskForOrder => "ask_for_order",
            Self::AskInKnownBrowser => "ask_in_known_browser",
            Self::ConfirmByNetwork => "confirm_by_network",
            Self::ConfirmInAskingBrowser => "confirm_in_asking_browser",
            Self::HandOffByNetwork => "hand_off_by_network",
            Self::AdminByNetwork => "admin_by_network",
            Self::AdminForAddress => "admin_for_address",
            Self::AdminInKnownBrowser => "admin_in_known_browser",
            Self::SetUpByNetwork => "set_up_by_network",
            Self::ProveInSession => "prove_in_session",
        }
    }

    /// Many customers may come from one network: an office, a school, a mobile provider.
    const fn rate(self) -> Rate {
        match self {
            Self::AskByNetwork => Rate::new(60, 600),
            Self::AskForAddress | Self::AskForOrder | Self::AskInKnownBrowser => {
                Rate::new(10, 3_600)
            }
            Self::ConfirmByNetwork => Rate::new(120, 600),
            Self::ConfirmInAskingBrowser => Rate::new(20, 600),
            Self::HandOffByNetwork => Rate::new(300, 600),
            Self::AdminByNetwork | Self::SetUpByNetwork => Rate::new(30, 900),
            Self::AdminForAddress => Rate::new(30, 3_600),
            Self::AdminInKnownBrowser | Self::ProveInSession => Rate::new(10, 900),
        }
    }
}

/// One allowance out of which an attempt takes.
struct Allowance {
    rule: Rule,
    key: LimitKey,
}

impl App {
    /// Lets somebody try something, or says how long she has to wait. `from` is the address that she comes from; it is `None`
    /// only where nobody comes over a network.
    ///
    /// # Errors
    /// See [`LimitError`].
    pub async fn admit(
        &self,
        from: Option<IpAddr>,
        attempt: Attempt<'_>,
    ) -> Result<(), LimitError> {
        let now = self.now();
        let mut reader = self.parts.db.reader().await?;
        let mut allowances = self.allowances_of(&mut reader, from, attempt).await?;
        // Whoever is refused writes nothing, so that a flood does not keep others from writing.
        for Allowance { rule, key } in &allowances {
            let kept = rate_limits::find(&mut reader, key).await?;
            if rule.rate().at(now).decide(kept).is_none() {
                return Err(refused(*rule, kept, now));
            }
        }
        drop(reader);
        // Everybody takes in the same order, so nobody waits for each other.
        allowances.sort_by_key(|allowance| allowance.key);
        let mut tx = self.parts.db.begin().await?;
        for Allowance { rule, key } in &allowances {
            if !rate_limits::take(&mut tx, key, rule.rate().at(now)).await? {
                let kept = rate_limits::find(&mut tx, key).await?;
                return Err(refused(*rule, kept, now));
            }
        }
        tx.commit().await?;
        Ok(())
    }

    async fn allowances_of(
        &self,
        access: &mut impl Access,
        from: Option<IpAddr>,
        attempt: Attempt<'_>,
    ) -> Result<Vec<Allowance>, StorageError> {
        let network = from.map(|from| Network::of_client(from).to_string());
        let counted = match attempt {
            Attempt::AskToSignIn { email, device } => {
                let person = Person::Customer(email);
                if let Some(mark) = self.find_mark(access, person, device).await? {
                    vec![(Rule::AskInKnownBrowser, Some(hex::encode(mark)))]
                } else {
                    let address = email.as_str().to_owned();
                    vec![
                        (Rule::AskForAddress, Some(address)),
                        (Rule::AskByNetwork, network),
                    ]
                }
            }
            Attempt::AskByOrder { number } => vec![
                (Rule::AskForOrder, Some(number.to_string())),
                (Rule::AskByNetwork, network),
            ],
            Attempt::ConfirmSignIn { asking } => {
                let wish = match asking.map(hash_token) {
                    Some(asking) => sign_ins::find_by_browser(access, &asking).await?,
                    None => None,
                };
                if let Some(found) = wish {
                    let wish = found.wish.id.to_string();
                    vec![(Rule::ConfirmInAskingBrowser, Some(wish))]
                } else {
                    vec![(Rule::ConfirmByNetwork, network)]
                }
            }
            Attempt::HandOff => vec![(Rule::HandOffByNetwork, network)],
            Attempt::SignInAdmin { email, device } => {
                let mark = match email {
                    Some(email) => self.find_mark(access, Person::Admin(email), device).await?,
                    None => None,
                };
                if let Some(mark) = mark {
                    vec![(Rule::AdminInKnownBrowser, Some(hex::encode(mark)))]
                } else {
                    let address = email.map(|email| email.as_str().to_owned());
                    vec![
                        (Rule::AdminForAddress, address),
                        (Rule::AdminByNetwork, network),
                    ]
                }
            }
            Attempt::SetUpAdmin => vec![(Rule::SetUpByNetwork, network)],
            Attempt::ProveAdmin { session } => {
                vec![(Rule::ProveInSession, Some(session.to_string()))]
            }
        };
        let keyed = counted.into_iter().filter_map(|(rule, whom)| {
            let counted = format!("{} {}", rule.name(), whom?);
            let key = self.parts.sealing.derive(LIMITS, &counted);
            Some(Allowance { rule, key })
        });
        Ok(keyed.collect())
    }

    /// Writes down that somebody has signed in in this browser, known by its device's token.
    pub(crate) async fn know_browser(
        &self,
        tx: &mut Tx,
        person: Person<'_>,
        device: &str,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        known_browsers::insert(tx, &self.mark_of_browser(person, device), now).await
    }

    /// Tells whether somebody has signed in in this browser before.
    pub(crate) async fn knows_browser(
        &self,
        access: &mut impl Access,
        person: Person<'_>,
        device: Option<&str>,
    ) -> Result<bool, StorageError> {
        let mark = self.find_mark(access, person, device).await?;
        Ok(mark.is_some())
    }

    async fn find_mark(
        &self,
        access: &mut impl Access,
        person: Person<'_>,
        device: Option<&str>,
    ) -> Result<Option<BrowserMark>, StorageError> {
        let Some(device) = device else {
            return Ok(None);
        };
        let mark = self.mark_of_browser(person, device);
        let is_known = known_browsers::is_known(access, &mark).await?;
        Ok(is_known.then_some(mark))
    }

    fn mark_of_browser(&self, person: Person<'_>, device: &str) -> BrowserMark {
        let whose = match person {
            Person::Customer(email) => format!("customer {} {device}", email.as_str()),
            Person::Admin(email) => format!("admin {} {device}", email.as_str()),
        };
        self.parts.sealing.derive(BROWSERS, &whose)
    }

    /// Forgets allowances that are free again, and browsers in which nobody has come for long.
    ///
    /// # Errors
    /// The database failed.
    pub async fn forget_limits(&self) -> Result<(), StorageError> {
        let now = self.now();
        loop {
            let mut tx = self.parts.db.begin().await?;
            let free = rate_limits::delete_free(&mut tx, now.plus_seconds(-MARGIN_SECONDS)).await?;
            let before = now.plus_seconds(-KNOWN_DAYS * 86_400);
            let old = known_browsers::delete_old(&mut tx, before).await?;
            tx.commit().await?;
            if free + old == 0 {
                return Ok(());
            }
        }
    }
}

fn refused(rule: Rule, kept: Option<Timestamp>, now: Timestamp) -> LimitError {
    tracing::info!(rule = rule.name(), "somebody tries too often");
    let wait_seconds = rule.rate().wait_seconds(kept.unwrap_or(now), now);
    LimitError::TooOften { wait_seconds }
}
