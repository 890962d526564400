//! The courses' texts that are kept ready.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use app::lessons::{LinkedCourse, OpenedCourse};
use domain::CourseId;

use crate::course_body::CourseText;

/// How many texts are kept at most; beyond that they are dropped and written anew when asked for.
const MOST: usize = 200;

/// Courses' texts, each for as long as `app` keeps that very course ready. Its structure, its links and their expiry are
/// never altered in place, so the same allocation is the same text.
#[derive(Default)]
pub(crate) struct CourseTexts {
    kept: Mutex<HashMap<CourseId, Kept>>,
}

struct Kept {
    linked: Arc<LinkedCourse>,
    text: Arc<CourseText>,
}

impl CourseTexts {
    /// Returns the text of an opened course, writing it unless it is kept.
    pub(crate) fn of(&self, opened: &OpenedCourse) -> serde_json::Result<Arc<CourseText>> {
        if let Some(text) = self.find(opened) {
            return Ok(text);
        }
        let text = Arc::new(CourseText::write(opened)?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        let linked = Arc::clone(&opened.linked);
        let new = Kept {
            linked,
            text: Arc::clone(&text),
        };
        kept.insert(opened.id, new);
        Ok(text)
    }

    fn find(&self, opened: &OpenedCourse) -> Option<Arc<CourseText>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.get(&opened.id)?;
        Arc::ptr_eq(&kept.linked, &opened.linked).then(|| Arc::clone(&kept.text))
    }
}
