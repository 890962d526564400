//! What many tests begin with: a store, a product with a course and a file, a customer.

use domain::device::DeviceLabel;
use domain::order::{OrderLine, OrderState, OrderStatus, StoreItem, Versioned};
use domain::{
    CourseId, CustomerId, DeviceId, ExternalId, FileId, ModuleId, OrderId, ProductId, SessionId,
    StoreId, Timestamp, VideoId,
};
use storage::courses::Course;
use storage::files::{File, StoredFile};
use storage::modules::Module;
use storage::products::ProductRow;
use storage::sessions::NewSession;
use storage::stores::Store;
use storage::videos::VideoFile;
use storage::{
    Db, Tx, courses, customers, devices, files, modules, products, sessions, stores, videos,
};

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_790_000_000 + second)
}

pub(crate) fn ext(text: &str) -> ExternalId {
    text.parse().unwrap()
}

/// Ids of what [`seed`] makes.
#[derive(Clone, Copy)]
pub(crate) struct Seed {
    pub(crate) store: StoreId,
    pub(crate) product: ProductId,
    pub(crate) course: CourseId,
    pub(crate) module: ModuleId,
    pub(crate) video: VideoId,
    pub(crate) file: FileId,
    pub(crate) customer: CustomerId,
    pub(crate) order: OrderId,
}

pub(crate) async fn seed(db: &Db) -> Seed {
    let seed = Seed {
        store: StoreId::from_parts(at(0), 1),
        product: ProductId::from_parts(at(0), 1),
        course: CourseId::from_parts(at(0), 1),
        module: ModuleId::from_parts(at(0), 1),
        video: VideoId::from_parts(at(0), 1),
        file: FileId::from_parts(at(0), 1),
        customer: CustomerId::from_parts(at(0), 1),
        order: OrderId::from_parts(at(0), 1),
    };
    let mut tx = db.begin().await.unwrap();
    stores::insert(&mut tx, &a_store(seed.store), at(0))
        .await
        .unwrap();
    let product = ProductRow {
        id: seed.product,
        title: "Watercolour".into(),
        access_days: None,
    };
    products::insert(&mut tx, &product, at(0)).await.unwrap();
    courses::insert(&mut tx, &a_course(&seed)).await.unwrap();
    let module = Module {
        id: seed.module,
        title: "Welcome".into(),
        order: 1,
    };
    modules::insert(&mut tx, seed.course, &module)
        .await
        .unwrap();
    let video = a_video_file("videos/1/v.mp4");
    videos::insert(&mut tx, seed.video, seed.module, "Hello", 1, &video, at(0))
        .await
        .unwrap();
    files::insert(&mut tx, &a_file(&seed), 1, at(0))
        .await
        .unwrap();
    let email = "ada@example.com".parse().unwrap();
    customers::insert_by_email(&mut tx, seed.customer, &email, at(0))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    seed
}

fn a_store(id: StoreId) -> Store {
    Store {
        id,
        name: "demo".parse().unwrap(),
        kind: "custom".into(),
        policy: "{}".into(),
        secrets: vec![1, 2, 3],
        api: None,
    }
}

fn a_course(seed: &Seed) -> Course {
    Course {
        id: seed.course,
        product: seed.product,
        title: "Watercolour for beginners".into(),
        description: "Wet on wet.".into(),
        slug: "watercolour".into(),
        cover_key: None,
        published_at: Some(at(0)),
        revision: 1,
        created_at: at(0),
    }
}

pub(crate) fn a_video_file(key: &str) -> VideoFile {
    VideoFile {
        s3_key: key.into(),
        duration_ms: 60_000,
        size_bytes: 1_000,
        checksum: vec![7; 32],
    }
}

fn a_file(seed: &Seed) -> File {
    File {
        id: seed.file,
        product: seed.product,
        product_title: String::new(),
        title: "Palette".into(),
        stored: StoredFile {
            s3_key: "files/1/palette.pdf".into(),
            media_type: "application/pdf".into(),
            size_bytes: 48_213,
            checksum: vec![8; 32],
        },
        published_at: Some(at(0)),
    }
}

/// Begins a session whose token, id and device are all of this number; it is seen at once, and idle after a minute.
pub(crate) async fn begin_session(
    tx: &mut Tx,
    number: u8,
    customer: CustomerId,
    from: i64,
    until: i64,
) -> SessionId {
    let id = SessionId::from_parts(at(from), number.into());
    let device = DeviceId::from_parts(at(from), number.into());
    let label = DeviceLabel::of("Firefox/145.0 (Linux)");
    devices::insert(tx, device, &[number; 32], label, at(from))
        .await
        .unwrap();
    let session = NewSession {
        id,
        token: &[number; 32],
        customer,
        device,
        embed: None,
        created_at: at(from),
        idle_at: at(from + 60),
        expires_at: at(until),
    };
    sessions::insert(tx, session).await.unwrap();
    id
}

/// A paid order with one line, changed at that second.
pub(crate) fn an_order(second: i64) -> Versioned<OrderState> {
    let line = OrderLine {
        external_id: ext("1"),
        item: StoreItem {
            product: Some(ext("p-1")),
            variant: None,
            sku: Some(ext("WATER")),
        },
        title: "Watercolour".into(),
        quantity: 2,
        returned_quantity: 1,
        period_end: Some(at(99)),
    };
    let state = OrderState {
        status: OrderStatus::Paid,
        is_test: false,
        paid_at: Some(at(second)),
        email: Some("ada@example.com".parse().unwrap()),
        external_customer: Some(ext("820982911946154508")),
        currency: "EUR".into(),
        captured_minor: 12_900,
        lines: vec![line],
        complete_refunds: Some([ext("r1")].into()),
        number: None,
    };
    Versioned::new(at(second), state)
}
