//! The application on a fresh database, with a store and courses.

use app::random::hash_token;
use app::sessions::Browser;
use app::sign_in::SignInMail;
use std::sync::atomic::{AtomicU64, Ordering};

use app::links::Links;
use app::mail::Post;
use app::sealing::SealingKey;
use app::{App, Parts, Shop};
use cloudfront::{KeyPairId, PublicKey, SigningKey, Verifier, generate_p256_pem};
use connectors::api::{HttpClient, Limits};
use connectors::{StoreKind, StoreSecret, custom};
use domain::audit::{Actor, Cause};
use domain::order::StoreItem;
use domain::payment::StorePolicy;
use domain::playing::PlayingLimits;
use domain::retention::Retention;
use domain::session::SessionLimits;
use domain::{
    CourseId, EmailAddress, FileId, ModuleId, ProductId, SignInId, StoreId, StoreName, Timestamp,
    VideoId,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use objects::Folder;
use serde_json::{Value, json};
use storage::courses::Course;
use storage::files::{File, StoredFile};
use storage::modules::Module;
use storage::videos::VideoFile;
use storage::{Db, courses, files, modules, products, sign_ins, videos};
use tempfile::TempDir;

use crate::mail::MailCatcher;
use crate::random::CountingRandom;
use crate::time::StandingClock;

/// Where the test shop's media are.
pub const MEDIA_BASE: &str = "http://media.test:8081";
/// Who sets a test up.
pub static BY: Cause = Cause::by(Actor::CommandLine);
/// When the test shop opens.
pub const OPENING: Timestamp = Timestamp::from_seconds(1_795_000_000);

/// The application with one store named `shop`.
pub struct TestShop {
    /// The use cases.
    pub app: App,
    /// Its clock.
    pub clock: StandingClock,
    /// The store's id.
    pub store: StoreId,
    /// What verifies the links.
    pub verifier: Verifier,
    /// Where its files are.
    pub objects: Folder,
    secret: StoreSecret,
    sent: AtomicU64,
    folder: TempDir,
}

/// A course for sale under a SKU.
#[derive(Clone, Debug)]
pub struct TestCourse {
    /// The product that contains it.
    pub product: ProductId,
    /// The course.
    pub course: CourseId,
    /// Its videos in their order, each a minute long.
    pub videos: Vec<VideoId>,
    /// A file of the same product.
    pub file: FileId,
    /// What the store sells it as.
    pub sku: String,
}

impl TestShop {
    /// Opens the shop on a database, at [`OPENING`].
    pub async fn open(db: Db) -> Self {
        Self::open_at(db, OPENING).await
    }

    /// Opens the shop on a database at a time.
    pub async fn open_at(db: Db, time: Timestamp) -> Self {
        Self::open_with(db, time, Post::default()).await
    }

    /// Opens the shop on a database, with a mail server.
    pub async fn open_mailing(db: Db, server: &MailCatcher) -> Self {
        Self::open_with(db, OPENING, server.post()).await
    }

    async fn open_with(db: Db, time: Timestamp, post: Post) -> Self {
        let clock = StandingClock::at(time);
        let id = KeyPairId::parse("KTESTSHOP").unwrap();
        let key = SigningKey::from_pem(id.clone(), &generate_p256_pem().unwrap()).unwrap();
        let public = PublicKey::from_pem(&key.public_key_pem()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let objects = Folder::open(folder.path().join("objects")).unwrap();
        let app = App::new(Parts {
            post,
            ..parts(db, &objects, &clock, key, 0)
        });
        let secret = custom::new_secret(&[9; 32]);
        let name: StoreName = "shop".parse().unwrap();
        let again = StoreSecret::new(secret.expose().to_owned());
        let store = app
            .add_store(
                &BY,
                name,
                StoreKind::Custom,
                StorePolicy::default(),
                &[again],
            )
            .await
            .unwrap();
        let verifier = Verifier::new([(id, public)]);
        let sent = AtomicU64::new(0);
        Self {
            app,
            clock,
            store,
            verifier,
            objects,
            secret,
            sent,
            folder,
        }
    }

    /// Starts another instance over the same database, objects and clock. It signs links with a key of its own.
    #[must_use]
    pub fn restarted(&self) -> App {
        self.restarted_with(Post::default())
    }

    /// Starts another instance, which sends mail in this way.
    #[must_use]
    pub fn restarted_with(&self, post: Post) -> App {
        let id = KeyPairId::parse("KTESTSHOP").unwrap();
        let key = SigningKey::from_pem(id, &generate_p256_pem().unwrap()).unwrap();
        let db = self.app.db().clone();
        App::new(Parts {
            post,
            ..parts(db, &self.objects, &self.clock, key, 1 << 32)
        })
    }

    /// Starts another instance, with these limits of playing.
    #[must_use]
    pub fn restarted_limiting(&self, playing: PlayingLimits) -> App {
        let id = KeyPairId::parse("KTESTSHOP").unwrap();
        let key = SigningKey::from_pem(id, &generate_p256_pem().unwrap()).unwrap();
        let db = self.app.db().clone();
        App::new(Parts {
            playing,
            ..parts(db, &self.objects, &self.clock, key, 2 << 32)
        })
    }

    /// Counts the objects of the shop, drafts and all.
    #[must_use]
    pub fn count_objects(&self) -> usize {
        let (mut count, mut open) = (0, vec![self.folder.path().join("objects")]);
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    open.push(entry.path());
                } else if entry.file_name() == "body" {
                    count += 1;
                }
            }
        }
        count
    }

    /// Makes a product with a published course of one module and a file, for sale under `sku`.
    pub async fn sell_course(&self, sku: &str, videos: usize) -> TestCourse {
        let product = self
            .app
            .create_product(&BY, &format!("Product {sku}"), None)
            .await
            .unwrap();
        let course = self.stock(product, sku, videos).await;
        self.map(sku, product).await;
        course
    }

    /// Maps a SKU to a product, and works off what follows.
    pub async fn map(&self, sku: &str, product: ProductId) {
        let item = StoreItem {
            sku: sku.parse().ok(),
            ..StoreItem::default()
        };
        let mapped = self.app.map_item(&BY, self.store, &item, product).await;
        mapped.unwrap();
        self.app.work_until_idle().await.unwrap();
    }

    /// Puts a course and a file into a product.
    pub async fn stock(&self, product: ProductId, name: &str, count: usize) -> TestCourse {
        let number = u128::from(self.sent.fetch_add(1_000_000, Ordering::SeqCst));
        let course = CourseId::from_parts(OPENING, number);
        let file = FileId::from_parts(OPENING, number);
        let module = Module {
            id: ModuleId::from_parts(OPENING, number),
            title: "Welcome".into(),
            order: 1,
        };
        let mut tx = self.app.db().begin().await.unwrap();
        courses::insert(&mut tx, &a_course(course, product, name))
            .await
            .unwrap();
        modules::insert(&mut tx, course, &module).await.unwrap();
        let mut videos = Vec::new();
        for place in 1..=i64::try_from(count).unwrap() {
            let id = VideoId::from_parts(OPENING, number + u128::try_from(place).unwrap());
            let stored = a_video(&format!("videos/{name}-{place}/v.mp4").to_lowercase());
            let title = format!("Lesson {place}");
            videos::insert(&mut tx, id, module.id, &title, place, &stored, OPENING)
                .await
                .unwrap();
            videos.push(id);
        }
        files::insert(&mut tx, &a_file(file, product, name), 1, OPENING)
            .await
            .unwrap();
        products::refresh_video_course(&mut tx, product)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        TestCourse {
            product,
            course,
            videos,
            file,
            sku: name.to_owned(),
        }
    }

    /// Signs a body as the store does, at the present time.
    pub fn signed(&self, body: &Value) -> (HeaderMap, Vec<u8>) {
        let body = serde_json::to_vec(body).unwrap();
        let id = format!("msg_{}", self.sent.fetch_add(1, Ordering::SeqCst));
        let now = app::clock::Clock::now(&self.clock);
        let mut headers = HeaderMap::new();
        for (name, value) in custom::sign(&self.secret, &id, now, &body).unwrap() {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_str(&value).unwrap(),
            );
        }
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        (headers, body)
    }

    /// Takes in a webhook of the store.
    pub async fn deliver(&self, body: &Value) {
        let (headers, body) = self.signed(body);
        self.app
            .accept_webhook(&"shop".parse().unwrap(), &headers, &body)
            .await
            .unwrap();
    }

    /// Takes in a webhook of the store and works it off.
    pub async fn tell(&self, body: &Value) {
        self.deliver(body).await;
        self.app.work_until_idle().await.unwrap();
    }

    /// Signs a customer in and returns the session's token.
    pub async fn sign_in(&self, email: &str) -> String {
        let email: EmailAddress = email.parse().unwrap();
        let link = self.app.create_sign_in_link(&BY, &email).await.unwrap();
        self.app
            .confirm_sign_in(&link, Browser::default())
            .await
            .unwrap()
            .token
    }

    /// Finds the wish that a browser made, by the token that makes it known.
    pub async fn wish_of(&self, browser: &str) -> SignInId {
        let mut reader = self.app.db().reader().await.unwrap();
        let found = sign_ins::find_by_browser(&mut reader, &hash_token(browser)).await;
        found.unwrap().unwrap().wish.id
    }

    /// Returns the mail that goes out for a browser's wish.
    pub async fn mail_for(&self, browser: &str) -> Option<SignInMail> {
        let wish = self.wish_of(browser).await;
        self.app.sign_in_to_send(wish).await.unwrap()
    }

    /// Returns the present time of the shop as the store writes it.
    pub fn now(&self) -> String {
        app::clock::Clock::now(&self.clock).to_string()
    }

    /// Describes a paid order of the present time with a line for each SKU; change it as the test needs.
    pub fn paid_order(&self, number: &str, email: &str, skus: &[&str]) -> Value {
        let lines: Vec<Value> = (1..)
            .zip(skus)
            .map(|(id, sku)| {
                json!({ "id": id.to_string(), "product_id": null, "variant_id": null, "sku": sku,
                        "title": sku, "quantity": 1 })
            })
            .collect();
        json!({
            "type": "order.updated",
            "timestamp": self.now(),
            "data": {
                "id": number, "status": "paid", "test": false, "paid_at": self.now(), "currency": "EUR",
                "captured": 10_000, "customer": { "id": null, "email": email }, "lines": lines
            }
        })
    }
}

fn parts(
    db: Db,
    objects: &Folder,
    clock: &StandingClock,
    key: SigningKey,
    first_draw: u64,
) -> Parts {
    // Stores that hang are part of some tests.
    let limits = Limits {
        total: std::time::Duration::from_secs(2),
        ..Limits::default()
    };
    Parts {
        db,
        objects: objects.clone(),
        clock: Box::new(clock.clone()),
        random: Box::new(CountingRandom::beginning_at(first_draw)),
        links: Links::new(MEDIA_BASE, key).unwrap(),
        sealing: SealingKey::new(&[7; 32]).unwrap(),
        shop: Shop {
            name: "Test shop".into(),
            url: Some("https://shop.test".into()),
        },
        post: Post::default(),
        http: HttpClient::new(limits).unwrap(),
        sessions: SessionLimits::default(),
        playing: PlayingLimits::default(),
        retention: Retention::default(),
        public_url: "https://courses.test".into(),
    }
}

fn a_course(id: CourseId, product: ProductId, name: &str) -> Course {
    Course {
        id,
        product,
        title: format!("Course {name}"),
        description: "Wet on wet.".into(),
        slug: name.to_lowercase(),
        cover_key: Some(format!("covers/{}/cover.jpg", name.to_lowercase())),
        published_at: Some(OPENING),
        revision: 1,
        created_at: OPENING,
    }
}

fn a_video(key: &str) -> VideoFile {
    let checksum = vec![7; 32];
    VideoFile {
        s3_key: key.into(),
        duration_ms: 60_000,
        size_bytes: 1_000,
        checksum,
    }
}

fn a_file(id: FileId, product: ProductId, name: &str) -> File {
    File {
        id,
        product,
        product_title: String::new(),
        title: format!("Notes {name}"),
        stored: StoredFile {
            s3_key: format!("files/{}/notes.pdf", name.to_lowercase()),
            media_type: "application/pdf".into(),
            size_bytes: 48_213,
            checksum: vec![8; 32],
        },
        published_at: Some(OPENING),
    }
}
