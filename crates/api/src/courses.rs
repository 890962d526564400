//! My Courses, and a course opened.

use std::sync::Arc;

use app::App;
use app::library::{ContinueWith, LibraryCourse};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::{CourseId, VideoId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::course_body::Course;
use crate::customer::CustomerAnywhere;
use crate::id::Id;
use crate::json;
use crate::problem::Problem;
use crate::state::ApiState;
use crate::wire::{Access, Completion, Seconds, Text, Time};

/// The courses that are open to the customer.
#[derive(Serialize, ToSchema)]
pub(crate) struct CourseList {
    items: Vec<CourseSummary>,
    /// The cursor of the next page. Null: there is none; one customer's courses fit on one page.
    #[schema(required = true)]
    next: Option<String>,
}

/// A course on the shelf of My Courses.
#[derive(Serialize, ToSchema)]
pub(crate) struct CourseSummary {
    #[schema(value_type = String, example = "crs_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<CourseId>,
    title: String,
    description: String,
    /// A signed link to its cover.
    #[schema(value_type = Option<String>, required = true)]
    cover_url: Option<Text<Arc<str>>>,
    access: Access,
    progress: Completion,
    /// How long all videos play together.
    duration_seconds: Seconds,
    /// Null: not begun.
    #[schema(required = true)]
    last_watched_at: Option<Time>,
    /// Where the learner goes on; null when the course was not begun or is complete.
    #[schema(required = true)]
    continue_with: Option<Place>,
}

/// A place in a course where the learner goes on.
#[derive(Serialize, ToSchema)]
#[schema(as = ContinueWith)]
struct Place {
    #[schema(value_type = String, example = "vid_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    video_id: Text<VideoId>,
    title: String,
    module_title: String,
    position_seconds: Seconds,
    duration_seconds: Seconds,
}

impl From<LibraryCourse> for CourseSummary {
    fn from(course: LibraryCourse) -> Self {
        Self {
            id: Text(course.id),
            title: course.title,
            description: course.description,
            cover_url: course.cover_url.map(Text),
            access: Access {
                until: course.access_until.map(Time),
            },
            progress: Completion {
                completed: course.completed,
                total: course.total,
            },
            duration_seconds: Seconds::from_ms(course.duration_ms),
            last_watched_at: course.last_watched_at.map(Time),
            continue_with: course.continue_with.map(Place::from),
        }
    }
}

impl From<ContinueWith> for Place {
    fn from(place: ContinueWith) -> Self {
        Self {
            video_id: Text(place.video),
            title: place.title,
            module_title: place.module_title,
            position_seconds: Seconds::from_ms(place.position_ms),
            duration_seconds: Seconds::from_ms(place.duration_ms),
        }
    }
}

/// Lists the courses that are open to the customer: the last watched first, then the newest.
#[utoipa::path(get, path = "/api/courses", operation_id = "list_courses", tag = "customer", security(("session" = []), ("embed" = [])),
    responses((status = 200, body = CourseList), (status = 401, description = "Nobody is signed in")))]
pub(crate) async fn list(
    State(app): State<App>,
    customer: CustomerAnywhere,
) -> Result<Response, Problem> {
    let courses = app.list_courses(customer.viewer).await?;
    let items = courses.into_iter().map(CourseSummary::from).collect();
    Ok(json::ok(&CourseList { items, next: None }))
}

/// Opens a course: its modules and videos, each with a fresh signed link, and the files of the same product that are
/// open to the customer.
#[utoipa::path(get, path = "/api/courses/{course_id}", operation_id = "open_course", tag = "customer",
    security(("session" = []), ("embed" = [])),
    params(("course_id" = String, Path, description = "The course")),
    responses(
        (status = 200, body = Course),
        (status = 401, description = "Nobody is signed in"),
        (status = 404, description = "There is no such course in the customer's library")))]
pub(crate) async fn show(
    State(state): State<ApiState>,
    State(app): State<App>,
    customer: CustomerAnywhere,
    Id(course): Id<CourseId>,
) -> Result<Response, Problem> {
    let opened = app.open_course(customer.viewer, course).await?;
    let text = state.course_texts.of(&opened);
    let body = text.and_then(|text| text.fill(&opened));
    Ok(json::send(StatusCode::OK, body))
}
