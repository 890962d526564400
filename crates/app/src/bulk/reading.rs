//! From the text of a list to acts.

use csv::{ReaderBuilder, StringRecord, Trim};
use domain::note::{LONGEST_NOTE, is_readable};
use domain::{ContentId, EmailAddress, Timestamp};

use crate::administration::act::Deed;
use crate::bulk::line_error::{Column, LineError};

/// How many lines a list holds at most, besides its header.
pub const MOST_LINES: usize = 10_000;

/// A line that could be read.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) email: EmailAddress,
    pub(super) content: ContentId,
    pub(super) deed: Deed,
}

/// Reads a list, or finds everything in it that cannot be read.
pub(super) fn read(list: &[u8]) -> Result<Vec<Line>, Vec<LineError>> {
    let list = list.strip_prefix(b"\xef\xbb\xbf").unwrap_or(list);
    let text = std::str::from_utf8(list).map_err(|error| {
        let before = list.iter().take(error.valid_up_to());
        let line = before.fold(1, |line, byte| line + u64::from(*byte == b'\n'));
        vec![LineError::new(line, None, "the text is not UTF-8")]
    })?;
    let mut reader = ReaderBuilder::new()
        .flexible(true)
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let unreadable = |error: csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        vec![LineError::new(line, None, "it cannot be read")]
    };
    let header = reader.headers().map_err(unreadable)?;
    let columns = read_header(header).map_err(|error| vec![error])?;
    let mut places = Places::of(text);
    let (mut lines, mut errors) = (Vec::new(), Vec::new());
    for (count, record) in reader.records().enumerate() {
        let record = record.map_err(unreadable)?;
        let number = places.line_of(&record);
        if count >= MOST_LINES {
            let detail = format!("a list holds at most {MOST_LINES} lines");
            errors.push(LineError::new(number, None, detail));
            break;
        }
        match read_line(number, &record, &columns) {
            Ok(line) => lines.push(line),
            Err(wrong) => errors.extend(wrong),
        }
    }
    if errors.is_empty() {
        Ok(lines)
    } else {
        Err(errors)
    }
}

/// Where lines begin. The parser counts a line break to the line that follows, and empty lines, too.
struct Places<'a> {
    text: &'a [u8],
    /// How far it has been counted, and the line there.
    counted: (usize, u64),
}

impl<'a> Places<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            text: text.as_bytes(),
            counted: (0, 1),
        }
    }

    fn line_of(&mut self, record: &StringRecord) -> u64 {
        let byte = record.position().map_or(0, csv::Position::byte);
        let begins = usize::try_from(byte).unwrap_or(usize::MAX);
        let is_break = |byte: &&u8| matches!(byte, b'\r' | b'\n');
        let breaks = self.text.iter().skip(begins).take_while(is_break).count();
        let (from, line) = self.counted;
        let to = begins.saturating_add(breaks);
        let between = self.text.get(from..to).unwrap_or_default();
        let after = self.text.get(from.saturating_add(1)..).unwrap_or_default();
        let next = after.iter().map(Some).chain([None]);
        let ends = |(byte, next): &(&u8, Option<&u8>)| {
            **byte == b'\n' || (**byte == b'\r' && *next != Some(&b'\n'))
        };
        let passed = between.iter().zip(next).filter(ends).count();
        let line = line.saturating_add(u64::try_from(passed).unwrap_or(0));
        self.counted = (to, line);
        line
    }
}

fn read_header(header: &StringRecord) -> Result<Vec<Column>, LineError> {
    let line = 1;
    let wrong = |detail: String| Err(LineError::new(line, None, detail));
    let known = Column::ALL.map(Column::name).join(", ");
    let mut columns: Vec<Column> = Vec::new();
    for (place, name) in (1..).zip(header) {
        let found = Column::ALL
            .into_iter()
            .find(|column| column.name() == name.to_ascii_lowercase());
        match found {
            Some(column) if columns.contains(&column) => {
                return wrong(format!("the column {} is there twice", column.name()));
            }
            Some(column) => columns.push(column),
            None => {
                return wrong(format!(
                    "the name of column {place} is none of {known}, with commas between them"
                ));
            }
        }
    }
    for needed in [Column::Action, Column::Email, Column::Content] {
        if !columns.contains(&needed) {
            return wrong(format!("the column {} is missing", needed.name()));
        }
    }
    Ok(columns)
}

/// The cells of a line, and what is wrong with them so far.
struct Cells<'a> {
    number: u64,
    record: &'a StringRecord,
    columns: &'a [Column],
    errors: Vec<LineError>,
}

fn read_line(
    number: u64,
    record: &StringRecord,
    columns: &[Column],
) -> Result<Line, Vec<LineError>> {
    if record.len() != columns.len() {
        let (has, needs) = (record.len(), columns.len());
        let detail = format!("the line has {has} cells, the header {needs}");
        return Err(vec![LineError::new(number, None, detail)]);
    }
    let mut cells = Cells {
        number,
        record,
        columns,
        errors: Vec::new(),
    };
    let deed = cells.deed();
    let email = cells.parse(Column::Email, "it is not an e-mail address");
    let of_content = "it is not the id of a course (crs_…) or file (fil_…)";
    let content = cells.parse(Column::Content, of_content);
    match (deed, email, content) {
        (Some(deed), Some(email), Some(content)) if cells.errors.is_empty() => Ok(Line {
            number,
            email,
            content,
            deed,
        }),
        _ => Err(cells.errors),
    }
}

impl<'a> Cells<'a> {
    /// Returns a cell; `None` when it is empty.
    fn get(&self, column: Column) -> Option<&'a str> {
        let place = self.columns.iter().position(|named| *named == column)?;
        self.record.get(place).filter(|text| !text.is_empty())
    }

    fn refuse(&mut self, column: Column, detail: &str) {
        let error = LineError::new(self.number, Some(column), detail);
        self.errors.push(error);
    }

    fn parse<T: std::str::FromStr>(&mut self, column: Column, otherwise: &str) -> Option<T> {
        let parsed = self.get(column).and_then(|text| text.parse().ok());
        if parsed.is_none() {
            self.refuse(column, otherwise);
        }
        parsed
    }

    fn deed(&mut self) -> Option<Deed> {
        let note = self.note();
        match self.get(Column::Action) {
            Some("grant") => Some(Deed::Grant {
                expires_at: self.until(),
                note,
            }),
            Some("revoke") => {
                self.must_be_empty(Column::Until, "a revocation has no end");
                Some(Deed::Revoke { reason: note })
            }
            Some("lift") => {
                self.must_be_empty(Column::Until, "lifting a block has no end");
                self.must_be_empty(Column::Note, "lifting a block keeps no note");
                Some(Deed::Lift)
            }
            Some("extend") => {
                if self.get(Column::Until).is_none() {
                    self.refuse(Column::Until, "an extension needs an end");
                }
                Some(Deed::Extend {
                    only: None,
                    until: self.until()?,
                    note,
                })
            }
            Some(_) | None => {
                self.refuse(
                    Column::Action,
                    "it is none of grant, revoke, lift and extend",
                );
                None
            }
        }
    }

    fn must_be_empty(&mut self, column: Column, otherwise: &str) {
        if self.get(column).is_some() {
            self.refuse(column, otherwise);
        }
    }

    fn note(&mut self) -> Option<String> {
        let note = self.get(Column::Note)?;
        if !is_readable(note, LONGEST_NOTE) {
            let detail = "it is longer than 1000 characters or holds control characters";
            self.refuse(Column::Note, detail);
        }
        Some(note.to_owned())
    }

    /// Reads a time, or the end of a day.
    fn until(&mut self) -> Option<Timestamp> {
        let text = self.get(Column::Until)?;
        // RFC 3339 writes a date alone in ten characters, and a time in twenty or more.
        let read = if text.len() == 10 {
            let begins: Result<Timestamp, _> = format!("{text}T00:00:00Z").parse();
            begins.map(|begins| begins.plus_days(1))
        } else {
            text.parse()
        };
        if read.is_err() {
            let detail =
                "it is neither a time such as 2027-01-31T18:00:00Z nor a date such as 2027-01-31";
            self.refuse(Column::Until, detail);
        }
        read.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTENT: &str = "crs_01ARZ3NDEKTSV4RRFFQ69G5FAV";

    fn wrong(list: &str) -> Vec<String> {
        let list = list.replace("CONTENT", CONTENT);
        let errors = read(list.as_bytes()).map(|lines| lines.len()).unwrap_err();
        errors.iter().map(LineError::to_string).collect()
    }

    fn lines(list: &str) -> Vec<Line> {
        read(list.replace("CONTENT", CONTENT).as_bytes()).unwrap()
    }

    #[test]
    fn columns_come_in_any_order_and_lines_keep_their_numbers() {
        let list = "\u{feff}Note, content ,email,action,until\r\n\
                    \"two\nlines, one note\",CONTENT,Ada@Example.com,grant,2027-01-31\r\n\r\n\
                    ,CONTENT,ada@example.com,lift,\n";
        let lines = lines(list);
        let numbers: Vec<u64> = lines.iter().map(|line| line.number).collect();
        assert_eq!(numbers, [2, 5]);
        assert_eq!(lines[0].email.as_str(), "ada@example.com");
        let Deed::Grant { expires_at, note } = &lines[0].deed else {
            panic!("{:?}", lines[0].deed);
        };
        let end = expires_at.map(|end| end.to_string());
        assert_eq!(
            end.as_deref(),
            Some("2027-02-01T00:00:00Z"),
            "its whole day"
        );
        assert_eq!(note.as_deref(), Some("two\nlines, one note"));
        assert!(matches!(lines[1].deed, Deed::Lift));
    }

    #[test]
    fn lines_are_counted_however_they_end() {
        let list = "action,email,content#lift,a@x.org,CONTENT##lift,a@x.org,CONTENT#";
        for end in ["\n", "\r\n", "\r"] {
            let numbers = lines(&list.replace('#', end)).into_iter();
            let numbers: Vec<u64> = numbers.map(|line| line.number).collect();
            assert_eq!(numbers, [2, 4], "{end:?}");
        }
    }

    #[test]
    fn until_and_note_may_be_left_out() {
        let lines = lines("action,email,content\nrevoke,a@x.org,CONTENT\ngrant,a@x.org,CONTENT");
        assert!(matches!(lines[0].deed, Deed::Revoke { reason: None }));
        let forever = matches!(
            lines[1].deed,
            Deed::Grant {
                expires_at: None,
                ..
            }
        );
        assert!(forever);
    }

    #[test]
    fn a_header_names_each_known_column_once() {
        for (list, detail) in [
            ("", "line 1: the column action is missing"),
            ("action,email", "line 1: the column content is missing"),
            (
                "action,email,content,email",
                "line 1: the column email is there twice",
            ),
            (
                "action,email,content,secret",
                "line 1: the name of column 4 is none of action, email, content, until, note, with commas between them",
            ),
            (
                "action;email;content",
                "line 1: the name of column 1 is none of action, email, content, until, note, with commas between them",
            ),
        ] {
            assert_eq!(wrong(list), [detail], "{list}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_named_by_line_and_column_and_never_by_value() {
        let list = "action,email,content,until,note\n\
                    give,secret,secret,,\n\
                    grant,a@x.org,CONTENT,secret,\n\
                    grant,a@x.org,CONTENT\n\
                    revoke,a@x.org,CONTENT,2027-01-01,\n\
                    lift,a@x.org,CONTENT,,secret\n\
                    extend,a@x.org,CONTENT,,\n\
                    grant,a@x.org,CONTENT,2027-02-30,a\u{1}b\n\
                    grant,a@x.org,vid_01ARZ3NDEKTSV4RRFFQ69G5FAV,2027-02-28T10:00:00+01:00,\n";
        let wrong = wrong(list);
        let places: Vec<&str> = wrong
            .iter()
            .map(|line| line.split_once(": ").unwrap().0)
            .collect();
        let expected = [
            "line 2, action",
            "line 2, email",
            "line 2, content",
            "line 3, until",
            "line 4",
            "line 5, until",
            "line 6, note",
            "line 7, until",
            "line 8, note",
            "line 8, until",
            "line 9, content",
        ];
        assert_eq!(places, expected);
        assert!(!wrong.join("").contains("secret"), "{wrong:?}");
    }

    #[test]
    fn a_text_that_is_not_utf_8_is_refused_by_its_line() {
        let errors = read(b"action,email,content\ngrant,\xff,").unwrap_err();
        assert_eq!(errors[0].to_string(), "line 2: the text is not UTF-8");
    }

    #[test]
    fn a_list_holds_ten_thousand_lines() {
        let header = "action,email,content\n";
        let line = format!("lift,a@x.org,{CONTENT}\n");
        let full = header.to_owned() + &line.repeat(MOST_LINES);
        assert_eq!(read(full.as_bytes()).unwrap().len(), MOST_LINES);
        let errors = read((full + &line).as_bytes()).unwrap_err();
        assert_eq!(
            errors[0].to_string(),
            "line 10002: a list holds at most 10000 lines"
        );
        let wrong = header.to_owned() + &"give,nobody,nothing\n".repeat(MOST_LINES);
        let errors = read(wrong.as_bytes()).unwrap_err();
        assert_eq!(errors.len(), 3 * MOST_LINES, "each is told");
    }
}
