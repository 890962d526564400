//! The audit log as a table for spreadsheets (RFC 4180).

use std::borrow::Cow;

use csv::{Terminator, WriterBuilder};
use domain::audit::chain::Entry;
use storage::audit::{self, Filter};
use storage::{Reader, StorageError};

use crate::App;
use crate::audit::BATCH;

const COLUMNS: [&str; 13] = [
    "seq", "at", "actor", "origin", "delivery", "action", "subject", "customer", "content",
    "order", "before", "after", "hash",
];

/// An export under way: memory holds one batch of it.
pub struct AuditExport {
    app: App,
    filter: Filter,
    stage: Stage,
}

/// What comes next.
enum Stage {
    Beginning,
    Before(i64),
    Done,
}

impl AuditExport {
    pub(super) const fn new(app: App, filter: Filter) -> Self {
        Self {
            app,
            filter,
            stage: Stage::Beginning,
        }
    }

    /// Returns the next rows, each with its line end, the names of the columns before the first; `None` when all were given.
    ///
    /// # Errors
    /// The database failed.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, StorageError> {
        let (mut rows, before) = match self.stage {
            Stage::Beginning => (write([COLUMNS.map(Cow::Borrowed)]), None),
            Stage::Before(before) => (Vec::new(), Some(before)),
            Stage::Done => return Ok(None),
        };
        let mut reader: Reader = self.app.parts.db.reader().await?;
        let entries = audit::list(&mut reader, &self.filter, before, BATCH).await?;
        self.stage = match entries.last() {
            Some(last) => Stage::Before(last.seq),
            None => Stage::Done,
        };
        rows.extend(write(entries.iter().map(cells)));
        Ok((!rows.is_empty()).then_some(rows))
    }
}

fn cells(entry: &Entry) -> [Cow<'_, str>; COLUMNS.len()] {
    let optional = |text: &'_ Option<String>| Cow::Owned(text.clone().unwrap_or_default());
    [
        Cow::Owned(entry.seq.to_string()),
        Cow::Owned(entry.at.to_string()),
        Cow::Borrowed(&entry.actor),
        optional(&entry.origin),
        optional(&entry.delivery),
        Cow::Borrowed(&entry.action),
        Cow::Borrowed(&entry.subject),
        optional(&entry.customer),
        optional(&entry.content),
        optional(&entry.order),
        optional(&entry.before),
        optional(&entry.after),
        Cow::Borrowed(&entry.hash),
    ]
}

fn write<'a>(rows: impl IntoIterator<Item = [Cow<'a, str>; COLUMNS.len()]>) -> Vec<u8> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        // Into memory, rows of one length: this does not fail.
        let _ = writer.write_record(
            row.iter()
                .map(|cell| harmless(cell).into_owned().into_bytes()),
        );
    }
    writer.into_inner().unwrap_or_default()
}

/// Puts an apostrophe before what a spreadsheet would take for a formula.
fn harmless(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_becomes_a_text_and_all_else_stays() {
        for formula in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "=HYPERLINK(\"http://evil.example\")",
        ] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
        for text in ["", "1", "'=1", "a=1", " x", "{\"a\":-1}", "crs_1"] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn a_row_is_written_as_rfc_4180_says() {
        let mut row = COLUMNS.map(|_| Cow::Borrowed(""));
        row[0] = Cow::Borrowed("=a,b");
        row[1] = Cow::Borrowed("{\"x\":\"y\"}");
        row[2] = Cow::Borrowed("two\nlines");
        let written = String::from_utf8(write([row])).unwrap();
        assert_eq!(
            written,
            "\"'=a,b\",\"{\"\"x\"\":\"\"y\"\"}\",\"two\nlines\",,,,,,,,,,\r\n"
        );
    }
}
