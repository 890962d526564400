//! How long what is no longer needed is kept.

/// For how many days things are kept that nobody needs any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Retention {
    /// The content of deliveries; what they said about orders stays known.
    pub deliveries_days: u32,
    /// Which mails went out, by ids.
    pub mails_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            deliveries_days: 30,
            mails_days: 90,
        }
    }
}
