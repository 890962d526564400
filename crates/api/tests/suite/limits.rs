//! How often anybody may try to get in, and from where a request is taken to come.

use std::net::SocketAddr;

use app::audit::AuditFilter;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request};
use domain::scope::Role;
use serde_json::{Value, json};
use testkit::TestShop;
use testkit::admins::{PASSWORD, TestAdmin};
use tokio::task::JoinSet;

use crate::site::{Answer, PUBLIC_URL, on_both_engines, router_of, send_to};

const ASK: &str = "/api/sign-in";
const ADMIN: &str = "/api/admin/session";
const PROVE: &str = "/api/admin/session/prove";
const STRANGER: &str = "203.0.113.7";
const HOME: &str = "198.51.100.20";

/// A page of ours in a browser: where it comes from, and what it brings along.
#[derive(Clone)]
struct Visitor {
    peer: String,
    forwarded_for: Vec<String>,
    cookie: String,
}

impl Visitor {
    fn at(peer: &str) -> Self {
        Self {
            peer: peer.to_owned(),
            forwarded_for: Vec::new(),
            cookie: String::new(),
        }
    }

    fn saying(self, forwarded_for: &[&str]) -> Self {
        let forwarded_for = forwarded_for.iter().map(|&text| text.to_owned()).collect();
        Self {
            forwarded_for,
            ..self
        }
    }

    fn bringing(self, cookie: &str) -> Self {
        Self {
            cookie: cookie.to_owned(),
            ..self
        }
    }

    async fn post(&self, router: &Router, path: &str, body: &Value) -> Answer {
        let mut request = Request::post(path)
            .header("origin", PUBLIC_URL)
            .header("cookie", &self.cookie)
            .header("content-type", "application/json");
        for line in &self.forwarded_for {
            let line = HeaderValue::from_bytes(line.as_bytes()).unwrap();
            request = request.header("x-forwarded-for", line);
        }
        let mut request = request.body(Body::from(body.to_string())).unwrap();
        let peer: SocketAddr = SocketAddr::new(self.peer.parse().unwrap(), 50_000);
        request.extensions_mut().insert(ConnectInfo(peer));
        send_to(router, request).await
    }

    async fn ask(&self, router: &Router, email: &str) -> Answer {
        self.post(router, ASK, &json!({ "email": email })).await
    }

    /// Asks for another address each time until it is refused; says how often it was not.
    async fn ask_until_refused(&self, router: &Router) -> usize {
        for count in 0..200 {
            let answer = self.ask(router, &format!("c{count}@example.com")).await;
            if answer.status == 429 {
                return count;
            }
            assert_eq!(answer.status, 202);
        }
        200
    }
}

/// Says how long somebody is told to wait who is refused.
fn wait_of(answer: &Answer) -> i64 {
    assert_eq!(answer.problem(), "too_often", "{}", answer.status);
    assert_eq!(answer.status, 429);
    answer.header("retry-after").parse().unwrap()
}

/// The cookie of that name which an answer sets, as the browser brings it along.
fn cookie_of(answer: &Answer, name: &str) -> String {
    let all = answer.headers.get_all("set-cookie").into_iter();
    let mut pairs = all.map(|value| value.to_str().unwrap().split(';').next().unwrap());
    let found = pairs.find(|pair| pair.split('=').next() == Some(name));
    found.unwrap_or_else(|| panic!("no {name}")).to_owned()
}

fn credentials(shop: &TestShop, admin: &TestAdmin) -> Value {
    json!({ "email": admin.email, "password": PASSWORD, "code": shop.code_of(&admin.secret) })
}

fn wrong(admin: &TestAdmin) -> Value {
    json!({ "email": admin.email, "password": "not it at all", "code": "000000" })
}

on_both_engines! {
    async fn whoever_asks_for_many_addresses_is_stopped_and_nobody_else(site: Site) {
        let stranger = Visitor::at(STRANGER);
        assert_eq!(stranger.ask_until_refused(&site.router).await, 60);
        let refused = stranger.ask(&site.router, "more@example.com").await;
        let wait = wait_of(&refused);
        assert!((1..=10).contains(&wait), "{wait}");
        assert_eq!(Visitor::at(HOME).ask(&site.router, "ada@example.com").await.status, 202);
        site.shop.clock.pass_seconds(wait);
        assert_eq!(stranger.ask(&site.router, "more@example.com").await.status, 202);
        assert_eq!(stranger.ask(&site.router, "more@example.com").await.status, 429);
    }

    async fn all_instances_count_together(site: Site) {
        let other = router_of(site.shop.restarted(), PUBLIC_URL);
        let stranger = Visitor::at(STRANGER);
        for count in 0..60 {
            let router = if count % 2 == 0 { &site.router } else { &other };
            assert_eq!(stranger.ask(router, &format!("c{count}@example.com")).await.status, 202);
        }
        for router in [&site.router, &other] {
            wait_of(&stranger.ask(router, "ada@example.com").await);
        }
    }

    async fn of_sixty_four_at_once_on_two_instances_as_many_pass_as_may(site: Site) {
        let other = router_of(site.shop.restarted(), PUBLIC_URL);
        let mut tries = JoinSet::new();
        for count in 0..64 {
            let router = if count % 2 == 0 { site.router.clone() } else { other.clone() };
            let visitor = Visitor::at(&format!("203.0.113.{count}"));
            tries.spawn(async move { visitor.ask(&router, "ada@example.com").await.status.as_u16() });
        }
        let answers = tries.join_all().await;
        let count = |status| answers.iter().filter(|answer| **answer == status).count();
        assert_eq!((count(202), count(429)), (10, 54));
    }

    async fn a_network_of_ipv6_is_one_visitor(site: Site) {
        for count in 0..60 {
            let visitor = Visitor::at(&format!("2001:db8:1:2::{count:x}"));
            assert_eq!(visitor.ask(&site.router, &format!("c{count}@example.com")).await.status, 202);
        }
        wait_of(&Visitor::at("2001:db8:1:2:ffff::1").ask(&site.router, "x@example.com").await);
        assert_eq!(Visitor::at("2001:db8:1:3::1").ask(&site.router, "x@example.com").await.status, 202);
    }

    async fn a_forged_header_makes_nobody_somebody_else(site: Site) {
        let stranger = Visitor::at(STRANGER);
        assert_eq!(stranger.ask_until_refused(&site.router).await, 60);
        for said in ["198.51.100.1", "127.0.0.1", "10.0.0.1", "::1", "unknown", ""] {
            wait_of(&stranger.clone().saying(&[said]).ask(&site.router, "x@example.com").await);
            // The proxy of ours adds whom it was asked by, behind what that one wrote.
            let behind = Visitor::at("10.0.0.1").saying(&[said, STRANGER]);
            wait_of(&behind.ask(&site.router, "x@example.com").await);
            let in_one_line = Visitor::at("10.0.0.1").saying(&[&format!("{said}, {STRANGER}")]);
            wait_of(&in_one_line.ask(&site.router, "x@example.com").await);
        }
        // Others behind the same proxy are others.
        let behind = Visitor::at("10.0.0.1").saying(&[STRANGER, HOME]);
        assert_eq!(behind.ask(&site.router, "x@example.com").await.status, 202);
    }

    async fn a_header_that_is_no_list_of_addresses_does_no_harm(site: Site) {
        let long = "1.2.3.4, ".repeat(500);
        for said in ["unknown", ",,,,", "999.1.1.1", "1.2.3.4:99999", "[::1", "\u{e4}", long.as_str()] {
            let visitor = Visitor::at("10.0.0.1").saying(&[said]);
            assert_eq!(visitor.ask(&site.router, "x@example.com").await.status, 202, "{said}");
            site.shop.clock.pass_seconds(3_600);
        }
    }

    async fn the_audit_log_has_the_address_behind_the_proxy(site: Site) {
        let ann = site.shop.administrator("ann@example.com", Role::Owner).await;
        site.shop.clock.pass_seconds(30);
        let origin_of_latest = async || {
            let page = site.shop.app.list_audit(&AuditFilter::default(), None, 1).await.unwrap();
            page.items[0].origin.clone()
        };
        for (visitor, expected) in [
            (Visitor::at(STRANGER), STRANGER),
            (Visitor::at(STRANGER).saying(&[HOME]), STRANGER),
            (Visitor::at("10.0.0.1").saying(&["127.0.0.1", HOME]), HOME),
            (Visitor::at("::ffff:10.0.0.1").saying(&[HOME]), HOME),
            (Visitor::at("10.0.0.1").saying(&["<script>"]), "10.0.0.1"),
        ] {
            assert_eq!(visitor.post(&site.router, ADMIN, &wrong(&ann)).await.status, 401);
            assert_eq!(origin_of_latest().await.as_deref(), Some(expected));
        }
    }

    async fn strangers_lock_no_administrator_out_of_her_own_browser(site: Site) {
        let ann = site.shop.administrator("ann@example.com", Role::Owner).await;
        site.shop.clock.pass_seconds(30);
        let home = Visitor::at(HOME);
        let signed_in = home.post(&site.router, ADMIN, &credentials(&site.shop, &ann)).await;
        assert_eq!(signed_in.status, 204);
        let known = cookie_of(&signed_in, "__Host-stoa_admin_device");
        for count in 0..29 {
            let stranger = Visitor::at(&format!("203.0.113.{count}"));
            assert_eq!(stranger.post(&site.router, ADMIN, &wrong(&ann)).await.status, 401);
        }
        // From wherever, in whatever browser that is not known: not even with what is right.
        site.shop.clock.pass_seconds(30);
        let right = credentials(&site.shop, &ann);
        wait_of(&home.post(&site.router, ADMIN, &right).await);
        let made_up = home.clone().bringing(&format!("__Host-stoa_admin_device={}", "A".repeat(43)));
        wait_of(&made_up.post(&site.router, ADMIN, &right).await);
        // Nor with what another knows her by.
        let bob = site.shop.administrator("bob@example.com", Role::Viewer).await;
        site.shop.clock.pass_seconds(30);
        let right = credentials(&site.shop, &bob);
        let of_bob = home.post(&site.router, ADMIN, &right).await;
        let of_bob = home.clone().bringing(&cookie_of(&of_bob, "__Host-stoa_admin_device"));
        let right = credentials(&site.shop, &ann);
        wait_of(&of_bob.post(&site.router, ADMIN, &right).await);
        // In her own browser she is let in.
        let own = home.bringing(&known);
        let again = own.post(&site.router, ADMIN, &right).await;
        assert_eq!(again.status, 204);
        assert_eq!(cookie_of(&again, "__Host-stoa_admin_device"), known);
    }

    async fn guesses_are_few_in_a_known_browser_too(site: Site) {
        let ann = site.shop.administrator("ann@example.com", Role::Owner).await;
        site.shop.clock.pass_seconds(30);
        let home = Visitor::at(HOME);
        let signed_in = home.post(&site.router, ADMIN, &credentials(&site.shop, &ann)).await;
        let own = home.clone().bringing(&cookie_of(&signed_in, "__Host-stoa_admin_device"));
        for _ in 0..10 {
            assert_eq!(own.post(&site.router, ADMIN, &wrong(&ann)).await.status, 401);
        }
        let wait = wait_of(&own.post(&site.router, ADMIN, &wrong(&ann)).await);
        // Others are not held up by them.
        assert_eq!(home.post(&site.router, ADMIN, &wrong(&ann)).await.status, 401);
        site.shop.clock.pass_seconds(wait);
        let right = credentials(&site.shop, &ann);
        assert_eq!(own.post(&site.router, ADMIN, &right).await.status, 204);
    }

    async fn codes_and_passwords_are_guessed_ten_times_in_a_session(site: Site) {
        let ann = site.shop.administrator("ann@example.com", Role::Owner).await;
        let own = Visitor::at(HOME).bringing(&format!("__Host-stoa_admin={}", ann.session));
        for count in 0..10 {
            let guess = if count % 2 == 0 { json!({ "code": "000000" }) } else { json!({ "password": "not it at all" }) };
            assert_eq!(own.post(&site.router, PROVE, &guess).await.problem(), "wrong_proof");
        }
        let wait = wait_of(&own.post(&site.router, PROVE, &json!({ "password": PASSWORD })).await);
        site.shop.clock.pass_seconds(wait);
        assert_eq!(own.post(&site.router, PROVE, &json!({ "password": PASSWORD })).await.status, 204);
    }

    async fn a_customer_asks_in_her_own_browser_whatever_strangers_ask(site: Site) {
        site.with_customer().await;
        let home = Visitor::at(HOME);
        let asked = home.ask(&site.router, "ada@example.com").await;
        let asking = cookie_of(&asked, "__Host-stoa_sign_in");
        let token = asking.split_once('=').unwrap().1;
        let mail = site.shop.mail_for(token).await.unwrap();
        let confirm = home.clone().bringing(&asking);
        let signed_in = confirm.post(&site.router, "/api/sign-in/confirm", &json!({ "code": mail.code })).await;
        assert_eq!(signed_in.status, 204);
        let known = cookie_of(&signed_in, "__Host-stoa_device");
        for count in 0..9 {
            let stranger = Visitor::at(&format!("203.0.113.{count}"));
            assert_eq!(stranger.ask(&site.router, "ada@example.com").await.status, 202);
        }
        wait_of(&home.ask(&site.router, "ada@example.com").await);
        // For an address that is nobody's it is the same.
        for count in 0..10 {
            let stranger = Visitor::at(&format!("203.0.113.{count}"));
            assert_eq!(stranger.ask(&site.router, "nobody@example.com").await.status, 202);
        }
        wait_of(&home.ask(&site.router, "nobody@example.com").await);
        let own = home.bringing(&known);
        assert_eq!(own.ask(&site.router, "ada@example.com").await.status, 202);
        wait_of(&own.ask(&site.router, "nobody@example.com").await);
    }

    async fn whoever_confirms_what_nobody_asked_for_is_stopped_and_who_asked_is_not(site: Site) {
        let stranger = Visitor::at(HOME);
        let guess = json!({ "token": format!("{}.{}", "0".repeat(26), "A".repeat(43)) });
        for _ in 0..120 {
            assert_eq!(stranger.post(&site.router, "/api/sign-in/confirm", &guess).await.status, 400);
        }
        wait_of(&stranger.post(&site.router, "/api/sign-in/confirm", &guess).await);
        let asked = stranger.ask(&site.router, "ada@example.com").await;
        let asking = stranger.bringing(&cookie_of(&asked, "__Host-stoa_sign_in"));
        let answer = asking.post(&site.router, "/api/sign-in/confirm", &json!({ "code": "000000" })).await;
        assert_eq!(answer.status, 400);
    }

    async fn words_of_shops_are_tried_three_hundred_times(site: Site) {
        let stranger = Visitor::at(STRANGER);
        let guess = json!({ "store": "shop", "token": "a.b.c" });
        for _ in 0..300 {
            assert_eq!(stranger.post(&site.router, "/api/sign-in/store", &guess).await.status, 400);
        }
        wait_of(&stranger.post(&site.router, "/api/sign-in/store", &guess).await);
    }

    async fn one_time_links_of_administrators_are_tried_thirty_times(site: Site) {
        let stranger = Visitor::at(STRANGER);
        for count in 0..30 {
            let (path, body) = if count % 2 == 0 {
                ("/api/admin/setup", json!({ "token": "x" }))
            } else {
                ("/api/admin/setup/confirm", json!({ "token": "x", "password": PASSWORD, "code": "000000" }))
            };
            assert_eq!(stranger.post(&site.router, path, &body).await.problem(), "link_not_valid");
        }
        wait_of(&stranger.post(&site.router, "/api/admin/setup", &json!({ "token": "x" })).await);
    }

    async fn what_is_free_again_is_forgotten(site: Site) {
        let stranger = Visitor::at(STRANGER);
        stranger.ask_until_refused(&site.router).await;
        site.shop.app.forget_limits().await.unwrap();
        wait_of(&stranger.ask(&site.router, "x@example.com").await);
        site.shop.clock.pass_seconds(3_700);
        site.shop.app.forget_limits().await.unwrap();
        assert_eq!(stranger.ask_until_refused(&site.router).await, 60);
    }
}
