//! How each step is done: through the doors that stores and administrators use.

use app::administration::{AdministrationError, Longer, Telling, Whom};
use app::catalogue::CatalogueError;
use app::contents::{Confirmation, CourseChange};
use app::people::MergeError;
use app::sessions::Browser;
use connectors::custom;
use domain::order::StoreItem;
use domain::viewer::Proof;
use domain::{ContentId, EmailAddress, ExternalId};
use http::{HeaderMap, HeaderName, HeaderValue};
use storage::{customers, grants, orders};
use testkit::BY;

use crate::facts::{ITEMS, Names, Person, SPELLINGS, Step, Told};
use crate::stage::Play;
use crate::told::{address, body, order_number};

/// Whether a step was done: what is refused for a reason that the rules know did not happen.
type Done = Result<bool, String>;

fn failed(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(ToString::to_string);
    format!("{error}: {}", cause.unwrap_or_default())
}

impl Play<'_> {
    /// Does a step.
    pub(crate) async fn take(&mut self, step: &Step) -> Done {
        self.steps_taken += 1;
        // What is deleted is not there for anybody to do something with.
        if content_of(step).is_some_and(|content| self.model.is_deleted(content)) {
            return Ok(false);
        }
        match step {
            Step::Deliver(told) => self.deliver(told).await,
            Step::Map {
                store,
                item,
                product,
            } => {
                let (store, product) = (self.stores[*store].id, self.shelves.products[*product]);
                let item = store_item(ITEMS[*item].mapped_by);
                let mapped = self.shop.app.map_item(&BY, store, &item, product).await;
                mapped.map(|_| true).map_err(|error| failed(&error))
            }
            Step::Bundle { bundle, part } => self.bundle(*bundle, *part).await,
            Step::Grant {
                person,
                content,
                until,
            } => self.grant(*person, *content, *until).await,
            Step::Revoke { person, content } => self.revoke(*person, *content).await,
            Step::Lift { person, content } => {
                let Some(whom) = self.whom(*person) else {
                    return Ok(false);
                };
                let content = self.shelves.contents[*content];
                match self.shop.app.lift_block(&BY, whom, content).await {
                    Ok(_) => Ok(true),
                    Err(AdministrationError::NotBlocked) => Ok(false),
                    Err(error) => Err(failed(&error)),
                }
            }
            Step::ExtendLine {
                store,
                order,
                line,
                content,
                until,
            } => {
                let content = self.shelves.contents[*content];
                let grant = self.grant_of_line(*store, *order, *line, content).await;
                let Some(grant) = grant else { return Ok(false) };
                let extended = self.extend(Longer::Grant(grant), *until).await?;
                let product = self.model.product_of_line(*store, *order, *line);
                if extended && product.is_none() {
                    return Err("a grant was extended whose line stands for nothing".into());
                }
                Ok(extended)
            }
            Step::ExtendByHand {
                person,
                content,
                until,
            } => match self.by_hand.get(&(*person, *content)) {
                Some(grant) => self.extend(Longer::Grant(*grant), *until).await,
                None => Ok(false),
            },
            Step::Publish { content } => {
                let content = self.shelves.contents[*content];
                let published = self.shop.app.publish(&BY, content).await;
                published.map(|()| true).map_err(|error| failed(&error))
            }
            Step::Unpublish { content } => {
                let seen = self.effects(*content).await?;
                let content = self.shelves.contents[*content];
                let taken_back = self.shop.app.unpublish(&BY, content, &seen).await;
                taken_back.map(|()| true).map_err(|error| failed(&error))
            }
            Step::Delete { content } => {
                let seen = self.effects(*content).await?;
                let content = self.shelves.contents[*content];
                let deleted = self.shop.app.delete_content(&BY, content.into(), &seen);
                deleted.await.map(|()| true).map_err(|error| failed(&error))
            }
            Step::Move { content, product } => self.change_product(*content, *product).await,
            Step::Merge { one, other } => self.merge(*one, *other).await,
            Step::Pass(seconds) => {
                self.shop.clock.pass_seconds(*seconds);
                Ok(true)
            }
            Step::Unbundle { bundle, part } => Ok(self.unbundle(*bundle, *part).await),
            Step::SetAccessDays { product, days } => {
                self.set_access_days(*product, *days).await;
                Ok(true)
            }
            Step::Unmap { .. } | Step::SetPolicy { .. } => Ok(false),
        }
    }

    /// Finds out by whom the application knows those whom a step names.
    pub(crate) async fn meet(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Deliver(told) => {
                let name = told.email.and_then(|spelling| SPELLINGS[spelling].1);
                let email = name.map(Person::Email);
                let account = told
                    .account
                    .map(|account| Person::Account(told.store, account));
                for person in email.into_iter().chain(account) {
                    self.look_up(person).await;
                }
                let guest = Person::Guest(told.store, told.order);
                if self.model.owner(told.store, told.order) == Some(guest) {
                    self.look_up_guest(told.store, told.order).await?;
                }
            }
            Step::Grant { person, .. } => self.look_up(*person).await,
            Step::Merge { one, other } => {
                self.look_up(*one).await;
                self.look_up(*other).await;
                let merged = self.model.who(*one);
                let people: Vec<Person> = self.people.keys().copied().collect();
                for person in people {
                    if self.model.who(person) == merged {
                        self.look_up(person).await;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    async fn look_up(&mut self, person: Person) {
        let mut reader = self.shop.app.db().reader().await.unwrap();
        let found = match person {
            Person::Email(name) => customers::find_by_email(&mut reader, &self.email(name)).await,
            Person::Account(store, account) => {
                let external = account.to_string().parse().unwrap();
                let store = self.stores[store].id;
                customers::find_by_identity(&mut reader, store, &external).await
            }
            Person::Guest(..) => return,
        };
        if let Some(id) = found.unwrap() {
            self.people.insert(person, id);
        }
    }

    /// A guest is one unclaimed customer for that order alone (RULES §6.2).
    async fn look_up_guest(&mut self, store: usize, order: usize) -> Result<(), String> {
        let guest = Person::Guest(store, order);
        let mut reader = self.shop.app.db().reader().await.unwrap();
        let external = order_number(order).parse().unwrap();
        let store = self.stores[store].id;
        let (kept, _) = orders::find(&mut reader, store, &external).await.unwrap();
        let Some(kept) = kept else {
            return Err(format!("the order of {guest:?} is not known"));
        };
        let before = self.people.insert(guest, kept.owner);
        if before.is_some_and(|before| before != kept.owner) {
            return Err(format!("{guest:?} is another customer than before"));
        }
        Ok(())
    }

    async fn deliver(&self, told: &Told) -> Done {
        let store = &self.stores[told.store];
        let body = serde_json::to_vec(&body(told, &self.name, self.opened_at)).unwrap();
        let now = app::clock::Clock::now(&self.shop.clock);
        let mut headers = HeaderMap::new();
        for (name, value) in custom::sign(&store.secret, "msg_1", now, &body).unwrap() {
            let value = HeaderValue::from_str(&value).unwrap();
            headers.insert(HeaderName::from_static(name), value);
        }
        let taken_in = self.shop.app.accept_webhook(&store.name, &headers, &body);
        taken_in.await.map(|_| true).map_err(|error| failed(&error))
    }

    async fn bundle(&self, bundle: usize, part: usize) -> Done {
        let is_cycle = self.model.would_contain_itself(bundle, part);
        let (whole, part) = (self.shelves.products[bundle], self.shelves.products[part]);
        match self.shop.app.add_to_bundle(&BY, whole, part).await {
            Ok(_) if is_cycle => Err("a bundle that contains itself was accepted".into()),
            Ok(_) => Ok(true),
            Err(CatalogueError::ContainsItself) if is_cycle => Ok(false),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn revoke(&mut self, person: Person, content: usize) -> Done {
        let Some(whom) = self.whom(person) else {
            return Ok(false);
        };
        let content = self.shelves.contents[content];
        let app = &self.shop.app;
        let revoked = app
            .revoke_access(&BY, whom, content, None, Telling::Nobody)
            .await;
        revoked.map(|_| true).map_err(|error| failed(&error))
    }

    async fn grant(&mut self, person: Person, content: usize, until: Option<i64>) -> Done {
        let whom = match person {
            Person::Email(name) => Whom::Email(self.email(name)),
            Person::Account(..) | Person::Guest(..) => match self.whom(person) {
                Some(whom) => whom,
                None => return Ok(false),
            },
        };
        let is_over = until.is_some_and(|until| until <= self.now());
        let end = until.map(|until| self.time(until));
        let id = self.shelves.contents[content];
        match self
            .shop
            .app
            .grant_access(&BY, whom, id, end, None, Telling::Nobody)
            .await
        {
            Ok(_) if is_over => Err("a grant was accepted that is over already".into()),
            Ok(granted) => {
                self.by_hand.insert((person, content), granted.id);
                Ok(true)
            }
            Err(AdministrationError::EndsBeforeItBegins) if is_over => Ok(false),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn extend(&self, longer: Longer, until: i64) -> Done {
        let end = self.time(until);
        match self.shop.app.extend_access(&BY, longer, end, None).await {
            Ok(_) => Ok(true),
            // What would change nothing is refused, and so is what cannot be kept as a fact about a product.
            Err(
                AdministrationError::LastsLonger
                | AdministrationError::Unmapped
                | AdministrationError::EndsBeforeItBegins,
            ) => Ok(false),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn change_product(&self, content: usize, product: usize) -> Done {
        let seen = self.effects(content).await?;
        let ContentId::Course(course) = self.shelves.contents[content] else {
            return Ok(false);
        };
        let change = CourseChange {
            product: Some(self.shelves.products[product]),
            ..CourseChange::default()
        };
        let app = &self.shop.app;
        let changed = app.change_course(&BY, course, change, &seen).await;
        changed.map(|()| true).map_err(|error| failed(&error))
    }

    /// Asks whom it touches when the content is taken away: those to whom it is open, by the rules.
    async fn effects(&self, content: usize) -> Result<Confirmation, String> {
        let removable = self.shelves.contents[content].into();
        let effects = self.shop.app.list_effects(removable).await;
        let effects = effects.map_err(|error| failed(&error))?;
        let open = self.model.open_at(self.now());
        let expected = open.keys().filter(|(_, open)| *open == content).count();
        if usize::try_from(effects.customers_with_access) != Ok(expected) {
            let said = effects.customers_with_access;
            return Err(format!(
                "content {content} is said to be open to {said}, and is to {expected} by the rules"
            ));
        }
        Ok(effects.into())
    }

    async fn merge(&self, one: Person, other: Person) -> Done {
        let (Some(one), Some(other)) = (self.proof(one), self.proof(other)) else {
            return Ok(false);
        };
        let app = &self.shop.app;
        let session = app
            .open_session(&one, Browser::default())
            .await
            .map_err(|error| failed(&error))?;
        let proven = app.prove(&session.token, &other).await;
        proven.map_err(|error| failed(&error))?;
        match app.merge_proven(&BY, &session.token).await {
            Ok(_) => Ok(true),
            Err(MergeError::NothingToMerge) => Ok(false),
            Err(error) => Err(failed(&error)),
        }
    }

    /// What proves to be this person.
    fn proof(&self, person: Person) -> Option<Proof> {
        match person {
            Person::Email(name) => Some(Proof::Address(self.email(name))),
            Person::Account(store, account) => Some(Proof::StoreCustomer {
                store: self.stores[store].id,
                external_id: account.to_string().parse().unwrap(),
                verified_email: None,
            }),
            Person::Guest(..) => None,
        }
    }

    async fn grant_of_line(
        &self,
        store: usize,
        order: usize,
        line: usize,
        content: ContentId,
    ) -> Option<domain::GrantId> {
        let mut reader = self.shop.app.db().reader().await.unwrap();
        let external: ExternalId = order_number(order).parse().unwrap();
        let store = self.stores[store].id;
        let (kept, _) = orders::find(&mut reader, store, &external).await.unwrap();
        let found = grants::list_of_orders(&mut reader, &[kept?.id])
            .await
            .unwrap();
        let line: ExternalId = line.to_string().parse().unwrap();
        let mut found = found.into_iter();
        let grant = found.find(|grant| grant.key.line == line && grant.key.content == content);
        Some(grant?.id)
    }

    fn whom(&self, person: Person) -> Option<Whom> {
        self.people.get(&person).copied().map(Whom::Customer)
    }

    fn email(&self, name: &str) -> EmailAddress {
        let mut spellings = 0..SPELLINGS.len();
        let spelling = spellings.find(|spelling| SPELLINGS[*spelling].1 == Some(name));
        address(spelling.unwrap(), &self.name).parse().unwrap()
    }
}

fn content_of(step: &Step) -> Option<usize> {
    match step {
        Step::Move { content, .. }
        | Step::Delete { content }
        | Step::Publish { content }
        | Step::Unpublish { content }
        | Step::Grant { content, .. }
        | Step::Revoke { content, .. }
        | Step::Lift { content, .. }
        | Step::ExtendLine { content, .. }
        | Step::ExtendByHand { content, .. } => Some(*content),
        Step::Deliver(_)
        | Step::Map { .. }
        | Step::Unmap { .. }
        | Step::Bundle { .. }
        | Step::Unbundle { .. }
        | Step::SetAccessDays { .. }
        | Step::SetPolicy { .. }
        | Step::Merge { .. }
        | Step::Pass(_) => None,
    }
}

/// What an administrator maps.
pub(crate) fn store_item((product, variant, sku): Names) -> StoreItem {
    let id = |name: Option<&str>| name.map(|name| name.parse().unwrap());
    StoreItem {
        product: id(product),
        variant: id(variant),
        sku: id(sku),
    }
}
