//! Courses and files, where the difference does not matter.

use std::collections::BTreeMap;

use domain::{ContentId, Timestamp};

use crate::column::{Text, Time, id_list, time};
use crate::connection::{Access, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    LIST = "
        SELECT id, published_at
        FROM courses
        WHERE id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT))) AND deleted_at IS NULL
        UNION ALL
        SELECT id, published_at
        FROM files
        WHERE id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT))) AND deleted_at IS NULL
        ORDER BY 1
        LIMIT 100000";
    FIND_TITLE = "
        SELECT title FROM courses WHERE id = $1 UNION ALL SELECT title FROM files WHERE id = $1";
    IS_KNOWN = "
        SELECT EXISTS (
          SELECT 1 FROM courses WHERE id = $1 UNION ALL SELECT 1 FROM files WHERE id = $1
        )";
}

/// Lists those of these contents that exist, each with the time when it was published.
///
/// # Errors
/// The database failed.
pub async fn list(
    access: &mut impl Access,
    contents: &[ContentId],
) -> Result<BTreeMap<ContentId, Option<Timestamp>>> {
    let rows: Vec<(Text<ContentId>, Option<Time>)> = on!(access, |c| sqlx::query_as(LIST)
        .bind(id_list(contents))
        .fetch_all(c)
        .await)?;
    let contents = rows
        .into_iter()
        .map(|(id, published_at)| (id.0, time(published_at)));
    Ok(contents.collect())
}

/// Finds what a content is called, or was before it was deleted.
///
/// # Errors
/// The database failed.
pub async fn find_title(access: &mut impl Access, id: ContentId) -> Result<Option<String>> {
    let row: Option<(String,)> = on!(access, |c| sqlx::query_as(FIND_TITLE)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    Ok(row.map(|(title,)| title))
}

/// Returns whether a content is there, or was there before it was deleted: its grants still tell their story.
///
/// # Errors
/// The database failed.
pub async fn is_known(access: &mut impl Access, id: ContentId) -> Result<bool> {
    let (is_known,) = on!(access, |c| sqlx::query_as(IS_KNOWN)
        .bind(Text(id))
        .fetch_one(c)
        .await)?;
    Ok(is_known)
}
