//! Administrators of the test shop.

use app::admins::sessions::{Browser, SignInAttempt};
use app::admins::setup::SetupChoice;
use app::admins::team::NewAdmin;
use app::admins::totp;
use app::clock::Clock;
use domain::AdminId;
use domain::scope::Role;

use crate::shop::{BY, TestShop};

/// A password that is taken.
pub const PASSWORD: &str = "correct lamp river ninety";

/// An administrator who has set up how she signs in.
#[derive(Clone, Debug)]
pub struct TestAdmin {
    /// Her id.
    pub id: AdminId,
    /// Her address.
    pub email: String,
    /// The secret of her app.
    pub secret: Vec<u8>,
    /// The token of the session that setting up opened.
    pub session: String,
    /// Her recovery codes.
    pub recovery_codes: Vec<String>,
}

impl TestShop {
    /// Takes somebody into the team, and sets up how she signs in.
    pub async fn administrator(&self, email: &str, role: Role) -> TestAdmin {
        let new = NewAdmin {
            email: email.parse().unwrap(),
            name: "Somebody".into(),
            role,
        };
        let link = self.app.create_admin(&BY, &new).await.unwrap();
        let start = self.app.begin_admin_setup(&link.token).await.unwrap();
        let secret = from_base32(&start.secret);
        let choice = SetupChoice {
            password: PASSWORD.into(),
            code: self.code_of(&secret),
        };
        let browser = Browser::default();
        let done = self
            .app
            .finish_admin_setup(&browser, &link.token, choice)
            .await;
        let done = done.unwrap();
        TestAdmin {
            id: link.admin,
            email: email.into(),
            secret,
            session: done.session.token,
            recovery_codes: done.recovery_codes,
        }
    }

    /// Returns the code that her app shows now.
    pub fn code_of(&self, secret: &[u8]) -> String {
        totp::code(secret, self.clock.now()).unwrap()
    }

    /// Returns what she would type to sign in now.
    pub fn attempt_of(&self, admin: &TestAdmin) -> SignInAttempt {
        SignInAttempt {
            email: admin.email.parse().ok(),
            password: PASSWORD.into(),
            code: self.code_of(&admin.secret),
        }
    }
}

/// Reads base32 without padding, as an app does.
#[must_use]
pub fn from_base32(text: &str) -> Vec<u8> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for letter in text.chars() {
        let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).unwrap();
        bits = (bits << 5) | u32::try_from(value).unwrap();
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).unwrap());
        }
    }
    bytes
}
