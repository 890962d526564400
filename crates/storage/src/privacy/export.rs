//! All that is kept about a customer, section by section, as JSON.

use std::collections::BTreeMap;

use domain::CustomerId;
use serde_json::{Map, Value};

use super::json::AnyRow;
use crate::column::id_list;
use crate::connection::{Access, on};
use crate::error::Result;
use crate::statement::statements;

/// What follows is of these customers.
macro_rules! of {
    ($select:literal, $column:literal, $tail:literal) => {
        concat!(
            $select,
            " WHERE ",
            $column,
            " IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT))) ",
            $tail
        )
    };
}

statements! {
    CUSTOMERS = of!("
        SELECT c.id, c.email, c.proven_at, c.language, c.merged_into, c.created_at
        FROM customers c",
        "c.id", "ORDER BY c.id LIMIT 1000");
    IDENTITIES = of!("
        SELECT s.name AS store, i.external_id, i.created_at
        FROM identities i
        JOIN stores s ON s.id = i.store_id",
        "i.customer_id", "ORDER BY i.store_id, i.external_id LIMIT 10000");
    ORDERS = of!("
        SELECT o.id, s.name AS store, o.external_id, o.number, o.status, o.is_test, o.paid_at, o.email,
          o.mistyped_email, o.corrected_email, o.external_customer, o.currency,
          o.captured_minor, o.version_at AS changed_at, o.created_at, o.updated_at
        FROM orders o
        JOIN stores s ON s.id = o.store_id",
        "o.customer_id", "ORDER BY o.id LIMIT 100000");
    LINES = of!("
        SELECT l.order_id, l.external_id, l.external_product, l.external_variant, l.sku, l.title, l.quantity,
          l.returned_quantity, l.period_end
        FROM orders o
        JOIN order_lines l ON l.order_id = o.id",
        "o.customer_id", "ORDER BY l.order_id, l.external_id LIMIT 100000");
    FACTS = of!("
        SELECT o.id AS order_id, f.kind, f.external_id, f.version_at AS changed_at, f.state AS says
        FROM orders o
        JOIN order_facts f ON f.store_id = o.store_id AND f.order_external_id = o.external_id",
        "o.customer_id", "ORDER BY o.id, f.kind, f.external_id LIMIT 100000");
    GRANTS = of!("
        SELECT a.id, COALESCE(a.course_id, a.file_id) AS content, COALESCE(c.title, f.title) AS title, a.source, a.order_id,
          a.line_id, a.granted_at, a.expires_at, a.extended_until, a.revoked_at, a.revoke_reason, a.revoked_by, a.restored_at,
          a.granted_by, a.note, a.created_at
        FROM customer_access a
        LEFT JOIN courses c ON c.id = a.course_id
        LEFT JOIN files f ON f.id = a.file_id",
        "a.customer_id", "ORDER BY a.id LIMIT 100000");
    EXTENSIONS_OF_GRANTS = of!("
        SELECT e.id, e.grant_id, e.extended_until, e.extended_by, e.note, e.created_at
        FROM customer_access a
        JOIN access_extensions e ON e.grant_id = a.id",
        "a.customer_id", "ORDER BY e.id LIMIT 10000");
    EXTENSIONS_OF_ORDERS = of!("
        SELECT e.id, e.order_id, COALESCE(e.course_id, e.file_id) AS content, e.extended_until, e.extended_by, e.note, e.created_at
        FROM orders o
        JOIN access_extensions e ON e.order_id = o.id",
        "o.customer_id", "ORDER BY e.id LIMIT 10000");
    BLOCKS = of!("
        SELECT b.id, COALESCE(b.course_id, b.file_id) AS content, b.blocked_by, b.reason, b.created_at, b.lifted_at, b.lifted_by
        FROM access_blocks b",
        "b.customer_id", "ORDER BY b.id LIMIT 10000");
    PROGRESS = of!("
        SELECT p.video_id, v.title, p.position_ms, p.position_at, p.completed_at
        FROM video_progress p
        JOIN course_videos v ON v.id = p.video_id",
        "p.customer_id", "ORDER BY p.video_id LIMIT 100000");
    SESSIONS = of!("
        SELECT s.id, s.kind, d.label AS device, t.name AS store, s.created_at, s.seen_at, s.idle_at, s.expires_at
        FROM sessions s
        JOIN devices d ON d.id = s.device_id
        LEFT JOIN stores t ON t.id = s.store_id",
        "s.customer_id", "ORDER BY s.id LIMIT 10000");
    PLAYING = of!("
        SELECT d.label AS device, p.first_played_at, p.last_played_at, p.streams_until
        FROM playing_devices p
        JOIN devices d ON d.id = p.device_id",
        "p.customer_id", "ORDER BY p.first_played_at LIMIT 10000");
    SIGN_INS = of!("
        SELECT i.id, i.kind, i.language, i.tries, i.created_at, i.mailed_at, i.used_at, i.expires_at
        FROM customers c
        JOIN sign_ins i ON i.email = c.email",
        "c.id", "ORDER BY i.id LIMIT 10000");
    MAILS = of!("
        SELECT m.id, m.kind, m.state, m.order_id, m.created_at, m.queued_at, m.sent_at
        FROM mails m",
        "m.customer_id", "ORDER BY m.id LIMIT 100000");
    // Not from where: that is somebody else's address.
    EVENTS = of!("
        SELECT l.seq, l.at, l.actor, l.action, l.subject, l.content_id, l.order_id, l.delivery_id, l.before, l.after
        FROM audit_log l",
        "l.customer_id", "ORDER BY l.seq LIMIT 100000");
    DELIVERIES = of!("
        SELECT d.id, s.name AS store, d.topic, d.received_at, d.state, d.headers, d.body, d.body_gone, o.external_id AS order_named
        FROM orders o
        JOIN delivery_orders n ON n.store_id = o.store_id AND n.order_external_id = o.external_id
        JOIN deliveries d ON d.id = n.delivery_id
        JOIN stores s ON s.id = d.store_id",
        "o.customer_id", "ORDER BY d.id LIMIT 10000");
}

/// The sections of an export, each with what lists it.
const SECTIONS: [(&str, &str); 16] = [
    ("customers", CUSTOMERS),
    ("store_identities", IDENTITIES),
    ("orders", ORDERS),
    ("order_lines", LINES),
    ("refunds_and_disputes", FACTS),
    ("grants", GRANTS),
    ("extensions_of_grants", EXTENSIONS_OF_GRANTS),
    ("extensions_of_orders", EXTENSIONS_OF_ORDERS),
    ("blocks", BLOCKS),
    ("progress", PROGRESS),
    ("sessions", SESSIONS),
    ("devices_played_on", PLAYING),
    ("sign_ins", SIGN_INS),
    ("mails", MAILS),
    ("events", EVENTS),
    ("deliveries", DELIVERIES),
];

/// Lists everything that is kept about these customers, by section. Moments are RFC 3339; bytes are text.
///
/// # Errors
/// The database failed.
pub async fn list(
    access: &mut impl Access,
    customers: &[CustomerId],
) -> Result<BTreeMap<&'static str, Vec<Map<String, Value>>>> {
    let customers = id_list(customers);
    let mut all = BTreeMap::new();
    for (section, statement) in SECTIONS {
        let rows: Result<Vec<_>> = on!(access, |c| sqlx::query(statement)
            .bind(customers.as_str())
            .fetch_all(c)
            .await?
            .iter()
            .map(AnyRow::object)
            .collect());
        all.insert(section, rows?);
    }
    Ok(all)
}
