//! What is wrong in a list: named by line and column, never by its value.

use std::fmt;

use crate::administration::AdministrationError;

/// A column of a list.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Column {
    /// What to do: `grant`, `revoke`, `lift` or `extend`.
    Action,
    /// Whose access: an e-mail address.
    Email,
    /// To what: the id of a course or file.
    Content,
    /// Until when: a time, or a date whose end is meant, in UTC. For `grant` (empty: for ever) and `extend`.
    Until,
    /// Why, for other administrators.
    Note,
}

impl Column {
    /// Every column.
    pub const ALL: [Self; 5] = [
        Self::Action,
        Self::Email,
        Self::Content,
        Self::Until,
        Self::Note,
    ];

    /// Returns its name, as the header writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Email => "email",
            Self::Content => "content",
            Self::Until => "until",
            Self::Note => "note",
        }
    }
}

/// One thing that is wrong in a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LineError {
    /// The line in the file, from 1; the header line counts.
    pub line: u64,
    /// The column, when it is one.
    pub column: Option<Column>,
    /// What is wrong.
    pub detail: String,
}

impl LineError {
    pub(super) fn new(line: u64, column: Option<Column>, detail: impl Into<String>) -> Self {
        Self {
            line,
            column,
            detail: detail.into(),
        }
    }

    /// An act that is refused.
    pub(super) fn refused(line: u64, refusal: &AdministrationError) -> Self {
        let column = match refusal {
            AdministrationError::NoSuchContent
            | AdministrationError::NotBlocked
            | AdministrationError::NothingToExtend
            | AdministrationError::Unmapped => Some(Column::Content),
            AdministrationError::NoSuchCustomer => Some(Column::Email),
            AdministrationError::EndsBeforeItBegins | AdministrationError::LastsLonger => {
                Some(Column::Until)
            }
            AdministrationError::NoSuchGrant | AdministrationError::Reconcile(_) => None,
        };
        Self::new(line, column, refusal.to_string())
    }

    /// One line too many about the same customer and content.
    pub(super) fn too_often(line: u64) -> Self {
        let detail = "too many lines before it are about the same customer and content";
        Self::new(line, None, detail)
    }
}

/// Says it in one line: "line 7, until: the access would end before it begins".
impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(column) = self.column {
            write!(f, ", {}", column.name())?;
        }
        write!(f, ": {}", self.detail)
    }
}
