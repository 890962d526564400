//! The table, to be read by people: for every operation, who may do it.

use domain::scope::Scope;
use domain::scope::Scope::{
    AccessRead, AccessWrite, AuditRead, ContentRead, ContentWrite, PeopleWrite, StoresRead,
    StoresWrite, TeamWrite,
};

/// Who may do an operation.
#[derive(Clone, Copy)]
pub(crate) enum Rule {
    /// Everybody: whoever asks gets this status for an empty request of this media type, or `missing` when the path names
    /// what does not exist.
    Anyone {
        status: u16,
        missing: u16,
        media_type: &'static str,
    },
    /// Every customer who is signed in: it shows or changes only what is hers.
    SignedIn,
    /// A customer who has access to what the path names; to all others it does not exist.
    Opens { body: fn() -> String },
    /// The customer whose thing the path names, whatever she has bought; to all others it does not exist.
    Hers,
    /// An administrator who is signed in, whatever she may do: it shows or changes only what is hers.
    OwnAccount,
    /// Whoever administers with this scope. There is one shop: what exists is there for all who may read it.
    Needs(Scope),
}

const fn anyone_sending(status: u16, media_type: &'static str) -> Rule {
    Rule::Anyone {
        status,
        missing: 404,
        media_type,
    }
}

const fn anyone(status: u16) -> Rule {
    anyone_sending(status, "application/json")
}

const fn opens() -> Rule {
    Rule::Opens {
        body: || "{}".to_owned(),
    }
}

fn a_report() -> String {
    "{\"position_seconds\":1,\"client_time\":\"2026-11-18T12:00:00Z\"}".to_owned()
}

const TABLE: &[(&str, Rule)] = &[
    // What runs the place.
    ("alive", anyone(200)),
    ("ready", anyone(200)),
    ("openapi", anyone(200)),
    ("docs", anyone(200)),
    ("metrics", Rule::Needs(StoresRead)),
    // Signing in and out. An empty request is refused the same for all, by what it lacks.
    ("ask_to_sign_in", anyone(422)),
    ("ask_to_sign_in_by_order", anyone(422)),
    ("confirm_sign_in", anyone(422)),
    ("accept_hand_off", anyone(422)),
    ("begin_embed", anyone(422)),
    ("begin_embed_by_shopify", anyone(422)),
    (
        "accept_hand_off_form",
        anyone_sending(400, "application/x-www-form-urlencoded"),
    ),
    ("sign_out", anyone_sending(415, "text/plain")),
    ("begin_admin_setup", anyone(422)),
    ("finish_admin_setup", anyone(422)),
    ("sign_in_admin", anyone(422)),
    ("sign_out_admin", anyone(422)),
    // Stores: what they send is believed by its signature alone.
    ("receive_webhook", anyone(401)),
    (
        "show_in_shopify",
        Rule::Anyone {
            status: 400,
            missing: 400,
            media_type: "application/json",
        },
    ),
    // Customers.
    ("me", Rule::SignedIn),
    ("list_sessions", Rule::SignedIn),
    ("list_addresses", Rule::SignedIn),
    ("merge_me", Rule::SignedIn),
    ("end_other_sessions", Rule::SignedIn),
    ("end_session", Rule::Hers),
    ("list_courses", Rule::SignedIn),
    ("list_downloads", Rule::SignedIn),
    ("open_course", opens()),
    ("playback", opens()),
    ("save_progress", Rule::Opens { body: a_report }),
    ("link_download", opens()),
    // Access.
    ("list_grants", Rule::Needs(AccessRead)),
    ("grant_access", Rule::Needs(AccessWrite)),
    ("change_access_by_list", Rule::Needs(AccessWrite)),
    ("extend_access", Rule::Needs(AccessWrite)),
    ("list_gaps", Rule::Needs(AccessRead)),
    ("lift_block", Rule::Needs(AccessWrite)),
    ("revoke_access", Rule::Needs(AccessWrite)),
    ("explain_access", Rule::Needs(AccessRead)),
    ("find_customer", Rule::Needs(AccessRead)),
    ("list_orders", Rule::Needs(AccessRead)),
    ("show_order", Rule::Needs(AccessRead)),
    ("preview_refund", Rule::Needs(AccessRead)),
    ("correct_order_email", Rule::Needs(AccessWrite)),
    ("overview", Rule::Needs(AccessRead)),
    // The audit log.
    ("list_audit", Rule::Needs(AuditRead)),
    ("export_audit", Rule::Needs(AuditRead)),
    ("verify_audit", Rule::Needs(AuditRead)),
    // Contents.
    ("list_shelved_courses", Rule::Needs(ContentRead)),
    ("create_course", Rule::Needs(ContentWrite)),
    ("show_shelved_course", Rule::Needs(ContentRead)),
    ("delete_course", Rule::Needs(ContentWrite)),
    ("change_course", Rule::Needs(ContentWrite)),
    ("show_course_effects", Rule::Needs(ContentRead)),
    ("create_module", Rule::Needs(ContentWrite)),
    ("order_modules", Rule::Needs(ContentWrite)),
    ("publish_course", Rule::Needs(ContentWrite)),
    ("unpublish_course", Rule::Needs(ContentWrite)),
    ("show_file", Rule::Needs(ContentRead)),
    ("delete_file", Rule::Needs(ContentWrite)),
    ("change_file", Rule::Needs(ContentWrite)),
    ("replace_file", Rule::Needs(ContentWrite)),
    ("show_file_effects", Rule::Needs(ContentRead)),
    ("publish_file", Rule::Needs(ContentWrite)),
    ("unpublish_file", Rule::Needs(ContentWrite)),
    ("show_module", Rule::Needs(ContentRead)),
    ("delete_module", Rule::Needs(ContentWrite)),
    ("change_module", Rule::Needs(ContentWrite)),
    ("show_module_effects", Rule::Needs(ContentRead)),
    ("move_videos", Rule::Needs(ContentWrite)),
    ("order_videos", Rule::Needs(ContentWrite)),
    ("add_video", Rule::Needs(ContentWrite)),
    ("show_video", Rule::Needs(ContentRead)),
    ("delete_video", Rule::Needs(ContentWrite)),
    ("change_video", Rule::Needs(ContentWrite)),
    ("replace_video", Rule::Needs(ContentWrite)),
    ("show_video_effects", Rule::Needs(ContentRead)),
    ("list_shelved_files", Rule::Needs(ContentRead)),
    ("add_file", Rule::Needs(ContentWrite)),
    ("order_files", Rule::Needs(ContentWrite)),
    // The catalogue.
    ("list_products", Rule::Needs(ContentRead)),
    ("create_product", Rule::Needs(ContentWrite)),
    ("show_product", Rule::Needs(ContentRead)),
    ("delete_product", Rule::Needs(ContentWrite)),
    ("change_product", Rule::Needs(ContentWrite)),
    ("show_product_effects", Rule::Needs(ContentRead)),
    ("add_part", Rule::Needs(ContentWrite)),
    ("remove_part", Rule::Needs(ContentWrite)),
    ("show_part_effects", Rule::Needs(ContentRead)),
    ("list_sku_rules", Rule::Needs(ContentRead)),
    ("create_sku_rule", Rule::Needs(ContentWrite)),
    ("delete_sku_rule", Rule::Needs(ContentWrite)),
    ("list_store_items", Rule::Needs(ContentRead)),
    ("add_store_item", Rule::Needs(ContentWrite)),
    ("show_store_item", Rule::Needs(ContentRead)),
    ("confirm_store_item", Rule::Needs(ContentWrite)),
    ("ignore_store_item", Rule::Needs(ContentWrite)),
    ("heed_store_item", Rule::Needs(ContentWrite)),
    ("map_store_item", Rule::Needs(ContentWrite)),
    ("unmap_store_item", Rule::Needs(ContentWrite)),
    // Stores. To work off again what a store sent is part of giving access, and takes no setting of the store.
    ("list_deliveries", Rule::Needs(StoresRead)),
    ("show_delivery", Rule::Needs(StoresRead)),
    ("download_delivery", Rule::Needs(StoresRead)),
    ("replay_deliveries", Rule::Needs(AccessWrite)),
    ("replay_delivery", Rule::Needs(AccessWrite)),
    ("dismiss_delivery", Rule::Needs(AccessWrite)),
    ("list_jobs", Rule::Needs(StoresRead)),
    ("retry_job", Rule::Needs(AccessWrite)),
    ("list_stores", Rule::Needs(StoresRead)),
    ("add_store", Rule::Needs(StoresWrite)),
    ("show_store", Rule::Needs(StoresRead)),
    ("change_store", Rule::Needs(StoresWrite)),
    ("set_store_api", Rule::Needs(StoresWrite)),
    ("forget_store_api", Rule::Needs(StoresWrite)),
    ("repair_webhooks", Rule::Needs(StoresWrite)),
    ("sync_store", Rule::Needs(StoresWrite)),
    ("test_store", Rule::Needs(StoresWrite)),
    // Mails.
    ("list_mails", Rule::Needs(AccessRead)),
    ("resend_mail", Rule::Needs(AccessWrite)),
    // Customers' data.
    ("export_customer", Rule::Needs(PeopleWrite)),
    ("erase_customer", Rule::Needs(PeopleWrite)),
    ("list_privacy_requests", Rule::Needs(PeopleWrite)),
    ("answer_privacy_request", Rule::Needs(PeopleWrite)),
    // An administrator's own.
    ("admin_me", Rule::OwnAccount),
    ("list_admin_sessions", Rule::OwnAccount),
    ("end_admin_session", Rule::OwnAccount),
    ("prove_admin", Rule::OwnAccount),
    ("renew_recovery_codes", Rule::OwnAccount),
    ("change_admin_password", Rule::OwnAccount),
    ("create_own_admin_link", Rule::OwnAccount),
    // The team.
    ("list_team", Rule::Needs(TeamWrite)),
    ("create_admin", Rule::Needs(TeamWrite)),
    ("change_admin", Rule::Needs(TeamWrite)),
    ("create_admin_link", Rule::Needs(TeamWrite)),
    ("list_tokens", Rule::Needs(TeamWrite)),
    ("create_token", Rule::Needs(TeamWrite)),
    ("revoke_token", Rule::Needs(TeamWrite)),
];

/// Finds the row of an operation.
pub(crate) fn rule_of(operation: &str) -> Option<Rule> {
    let row = TABLE.iter().find(|(name, _)| *name == operation);
    row.map(|(_, rule)| *rule)
}

/// Every row's operation.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name)
}
