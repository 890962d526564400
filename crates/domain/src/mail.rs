//! Mails: what they are about, and how far each has come.

/// What a mail is about.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum MailKind {
    /// A customer's link and code by which she signs in.
    SignIn,
    /// A customer can open what she bought, or was given.
    AccessGranted,
    /// A customer can no longer open it.
    AccessEnded,
    /// An administrator's one-time link, by which she sets her password.
    AdminLink,
    /// What stands in somebody's way, for an administrator.
    WeeklyProblems,
}

/// How far a mail has come.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum MailState {
    /// It is to be sent.
    Queued,
    /// It waits until a mail server is configured.
    Waiting,
    /// A mail server has taken it.
    Sent,
    /// It was refused for good, or tried for a day in vain.
    Failed,
    /// When its turn came, there was nothing to tell any more, or nobody to tell it to.
    Needless,
}

/// Gives variants their stable names, as the database and the API write them.
macro_rules! named {
    ($kind:ident { $($variant:ident = $name:literal),* $(,)? }) => {
        impl $kind {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the stable name, as the database and the API write it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),*
                }
            }

            /// Finds the one of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    };
}

named!(MailKind {
    SignIn = "sign_in",
    AccessGranted = "access_granted",
    AccessEnded = "access_ended",
    AdminLink = "admin_link",
    WeeklyProblems = "weekly_problems",
});

named!(MailState {
    Queued = "queued",
    Waiting = "waiting",
    Sent = "sent",
    Failed = "failed",
    Needless = "needless",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_states_read_back_from_their_names() {
        for kind in MailKind::ALL {
            assert_eq!(MailKind::from_name(kind.name()), Some(*kind));
        }
        for state in MailState::ALL {
            assert_eq!(MailState::from_name(state.name()), Some(*state));
        }
        assert_eq!(MailKind::from_name("letter"), None);
    }
}
