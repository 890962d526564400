//! Those who ask, and what they ask about.

use app::api_tokens::TokenLimits;
use domain::scope::{Role, Scope, Scopes};
use serde_json::{Value, json};
use testkit::BY;
use testkit::shop::TestCourse;

use crate::embed;
use crate::site::{Site, cookie};

use super::table::Rule;

const NOBODYS: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// Whose thing the path names.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Target {
    Own,
    Anothers,
    Missing,
}

impl Target {
    pub(crate) const ALL: [Self; 3] = [Self::Own, Self::Anothers, Self::Missing];
}

/// By what session somebody is signed in.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Session {
    None,
    Customer,
    Admin,
}

/// Somebody who asks.
pub(crate) struct Who {
    pub(crate) name: &'static str,
    pub(crate) credential: Option<(&'static str, String)>,
    signed_in: Session,
    /// Tells whether she has access to what is her own.
    has_access: bool,
    /// Tells whether hers is what is another's to all the others.
    is_the_other: bool,
    /// The id of another session of hers.
    session: Option<String>,
    /// The origin of the page that asks, when it is another's than ours.
    pub(crate) page: Option<&'static str>,
    /// What she may administer; `None` when nothing.
    pub(crate) scopes: Option<Scopes>,
}

impl Who {
    fn stranger(name: &'static str) -> Self {
        Self {
            name,
            credential: None,
            signed_in: Session::None,
            has_access: false,
            is_the_other: false,
            session: None,
            page: None,
            scopes: None,
        }
    }

    async fn customer(site: &Site, name: &'static str, email: &str) -> Self {
        let session = site.shop.sign_in(email).await;
        Self {
            credential: Some(("cookie", cookie(&session))),
            signed_in: Session::Customer,
            session: Some(another_session(site, email).await),
            ..Self::stranger(name)
        }
    }

    /// The shop's customer of that id in a page of the shop's.
    async fn embedded(site: &Site, name: &'static str, customer: &str, number: u8) -> Self {
        let token = embed::token_of(site, customer, number).await;
        Self {
            credential: Some(("authorization", format!("Bearer {token}"))),
            signed_in: Session::Customer,
            page: Some(embed::SHOP),
            ..Self::stranger(name)
        }
    }

    fn with_access(self) -> Self {
        Self {
            has_access: true,
            ..self
        }
    }

    async fn admin(site: &Site, role: Role) -> Self {
        let email = format!("{role}@example.com");
        let admin = site.shop.administrator(&email, role).await;
        let cookie = format!("__Host-stoa_admin={}", admin.session);
        Self {
            credential: Some(("cookie", cookie)),
            signed_in: Session::Admin,
            scopes: Some(role.scopes()),
            ..Self::stranger(role.name())
        }
    }

    async fn program(site: &Site, name: &'static str, scopes: Scopes) -> Self {
        let limits = TokenLimits {
            scopes,
            expires_at: None,
        };
        let made = site
            .shop
            .app
            .create_limited_token(&BY, Scopes::ALL, name, limits);
        let token = made.await.unwrap().token;
        let credential = Some(("authorization", format!("Bearer {token}")));
        Self {
            credential,
            scopes: Some(scopes),
            ..Self::stranger(name)
        }
    }

    /// Tells whether she is a customer who is signed in.
    pub(crate) fn is_customer(&self) -> bool {
        self.signed_in == Session::Customer
    }

    /// Tells whether she may do this to what the path names.
    pub(crate) fn may(&self, rule: Rule, on: Target) -> bool {
        match rule {
            Rule::Anyone { .. } => true,
            Rule::SignedIn => self.is_customer(),
            Rule::OwnAccount => self.signed_in == Session::Admin,
            Rule::Hers => self.is_customer() && on == Target::Own,
            Rule::Opens { .. } => self.has_access && on == Target::Own,
            Rule::Needs(scope) => self.scopes.is_some_and(|scopes| scopes.has(scope)),
        }
    }
}

/// Everybody, and what is there.
pub(crate) struct Cast {
    pub(crate) all: Vec<Who>,
    hers: TestCourse,
    others: TestCourse,
    /// Ids of what has one owner, the shop: by the name that paths give them.
    ids: Vec<(&'static str, String)>,
    /// The id of a session of somebody who asks for nothing.
    session: String,
    /// A customer, for operations that name one.
    customer: String,
}

impl Cast {
    /// Sells, grants, ends, blocks and signs in.
    pub(crate) async fn gather(site: &Site) -> Self {
        let (hers, _) = site.with_customer().await;
        let others = site.shop.sell_course("INK", 1).await;
        site.buy("1002", "eve@example.com", "INK").await;
        site.buy("1003", "bob@example.com", "WATERCOLOUR").await;
        embed::let_in(site).await;
        embed::buy_as(site, "1004", "7", "WATERCOLOUR").await;
        let owner = Who::program(site, "token of all", Role::Owner.scopes()).await;
        let key = owner.credential.as_ref().unwrap().1.replace("Bearer ", "");
        let end = testkit::shop::OPENING.plus_seconds(60).to_string();
        let granted = json!({ "customer": { "email": "kim@example.com" }, "content": hers.course, "expires_at": end });
        let granted = site
            .administer("/api/admin/access", &key, &granted)
            .await
            .json();
        let customer = granted["customer_id"].as_str().unwrap().to_owned();
        for content in [json!(hers.course), json!(hers.file)] {
            let blocked = json!({ "customer": { "email": "bob@example.com" }, "content": content });
            let blocked = site
                .administer("/api/admin/access/revoke", &key, &blocked)
                .await;
            assert_eq!(blocked.status, 200, "{}", blocked.body);
        }
        site.shop.clock.pass_seconds(120);
        let mut ids = of_the_shop(site, &key, &hers, &others).await;
        let ended = site.shop.sign_in("ada@example.com").await;
        site.shop.app.sign_out(&ended).await.unwrap();
        let session = another_session(site, "mia@example.com").await;
        let admin = Who::admin(site, Role::Owner).await;
        ids.push(("{customer_id}", customer.clone()));
        ids.push(("{admin_id}", first_of(site, &key, "/api/admin/team").await));
        let all = vec![
            Who::stranger("nobody"),
            Who::customer(site, "with access", "ada@example.com")
                .await
                .with_access(),
            Who::customer(site, "without", "zoe@example.com").await,
            Who::customer(site, "expired", "kim@example.com").await,
            Who::customer(site, "blocked", "bob@example.com").await,
            Who {
                is_the_other: true,
                ..Who::customer(site, "other customer", "eve@example.com")
                    .await
                    .with_access()
            },
            Who {
                credential: Some(("cookie", cookie(&ended))),
                ..Who::stranger("ended session")
            },
            Who::embedded(site, "in the shop's page", "7", 1)
                .await
                .with_access(),
            Who::embedded(site, "in the shop's page without", "8", 2).await,
            Who {
                page: Some("https://evil.test"),
                signed_in: Session::None,
                ..Who::embedded(site, "with a stolen token", "7", 3).await
            },
            Who {
                page: Some(embed::SHOP),
                signed_in: Session::None,
                ..Who::customer(site, "with a cookie in the shop's page", "ada@example.com").await
            },
            admin,
            Who::admin(site, Role::Manager).await,
            Who::admin(site, Role::Support).await,
            Who::admin(site, Role::Viewer).await,
            owner,
            Who::program(site, "of one scope", Scopes::of(&[Scope::PeopleWrite])).await,
        ];
        Self {
            all,
            hers,
            others,
            ids,
            session,
            customer,
        }
    }

    /// Fills a path's places, and the parameters that an operation cannot do without.
    pub(crate) fn path(&self, template: &str, operation: &str, who: &Who, on: Target) -> String {
        let (hers, others) = if who.is_the_other {
            (&self.others, &self.hers)
        } else {
            (&self.hers, &self.others)
        };
        let session = match on {
            Target::Own => who.session.as_ref(),
            Target::Anothers => Some(&self.session),
            Target::Missing => None,
        };
        let nobodys = format!("ses_{NOBODYS}");
        let template = &template.replace("{session_id}", session.unwrap_or(&nobodys));
        let of = |course: &TestCourse| {
            let places = [
                ("{course_id}", course.course.to_string()),
                ("{video_id}", course.videos[0].to_string()),
                ("{file_id}", course.file.to_string()),
            ];
            places.iter().fold(template.clone(), |path, (place, id)| {
                path.replace(place, id)
            })
        };
        let path = match on {
            Target::Own => of(hers),
            Target::Anothers => of(others),
            Target::Missing => template.clone(),
        };
        let path = path
            .split('/')
            .map(|part| self.part(part, on))
            .collect::<Vec<_>>()
            .join("/");
        let (customer, course) = (&self.customer, &hers.course);
        match operation {
            "explain_access" => format!("{path}?customer={customer}&content={course}"),
            "list_orders" | "list_grants" => format!("{path}?customer={customer}"),
            // Whoever is let through would be signed out.
            "sign_out_admin" => format!("{path}?colour=1"),
            _ => path,
        }
    }

    fn part(&self, part: &str, on: Target) -> String {
        let Some((_, id)) = self.ids.iter().find(|(place, _)| *place == part) else {
            assert!(
                !part.contains('{') || on == Target::Missing,
                "{part}: what id is that?"
            );
            return part.to_owned();
        };
        if on == Target::Missing {
            let prefix = id.split_once('_').map(|(prefix, _)| format!("{prefix}_"));
            return prefix.map_or("nobody".to_owned(), |prefix| prefix + NOBODYS);
        }
        id.clone()
    }
}

/// Finds or makes one of each thing that the shop has.
async fn of_the_shop(
    site: &Site,
    key: &str,
    hers: &TestCourse,
    others: &TestCourse,
) -> Vec<(&'static str, String)> {
    let bundle = json!({ "title": "Both" });
    let bundle = site
        .administer("/api/admin/products", key, &bundle)
        .await
        .json();
    let bundle = bundle["id"].as_str().unwrap().to_owned();
    let app = &site.shop.app;
    let put = app
        .add_to_bundle(&BY, bundle.parse().unwrap(), others.product)
        .await;
    put.unwrap();
    let rule = json!({ "pattern": "PAINT-*", "product_id": hers.product });
    let rule = site
        .administer("/api/admin/sku-rules", key, &rule)
        .await
        .json();
    let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
    let first = async |path: &str| first_of(site, key, path).await;
    let course = format!("/api/admin/courses/{}", hers.course);
    let request = axum::http::Request::get(course).header("authorization", format!("Bearer {key}"));
    let course = site
        .send(request.body(axum::body::Body::empty()).unwrap())
        .await
        .json();
    vec![
        ("{course_id}", hers.course.to_string()),
        ("{video_id}", hers.videos[0].to_string()),
        ("{file_id}", hers.file.to_string()),
        ("{module_id}", id(&course["modules"][0])),
        ("{product_id}", bundle),
        ("{part_id}", others.product.to_string()),
        ("{rule_id}", id(&rule["rule"])),
        ("{item_id}", first("/api/admin/store-items").await),
        ("{store_id}", site.shop.store.to_string()),
        ("{order_id}", first("/api/admin/orders?store=shop").await),
        ("{delivery_id}", first("/api/admin/deliveries").await),
        ("{job_id}", format!("job_{NOBODYS}")),
        ("{mail_id}", format!("mal_{NOBODYS}")),
        ("{request_id}", format!("prv_{NOBODYS}")),
        ("{token_id}", first("/api/admin/tokens").await),
        ("{store}", "shop".to_owned()),
    ]
}

/// Signs in once more, and returns the id of that session.
async fn another_session(site: &Site, email: &str) -> String {
    let token = site.shop.sign_in(email).await;
    let session = site.shop.app.find_session(&token).await.unwrap();
    session.unwrap().id.to_string()
}

/// Returns the id of the first thing of a list.
async fn first_of(site: &Site, key: &str, path: &str) -> String {
    let request = axum::http::Request::get(path).header("authorization", format!("Bearer {key}"));
    let answer = site
        .send(request.body(axum::body::Body::empty()).unwrap())
        .await;
    answer.json()["items"][0]["id"].as_str().unwrap().to_owned()
}
