//! A video's link, and the learner's place in it.

use app::App;
use axum::extract::State;
use axum::response::Response;
use domain::VideoId;
use domain::progress::Report;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::customer::CustomerAnywhere;
use crate::id::Id;
use crate::json::{self, JsonBody};
use crate::problem::Problem;
use crate::wire::{Caption, NO_CAPTIONS, Seconds, Text, Time, VideoProgress};

/// What a player needs to play a video.
#[derive(Serialize, ToSchema)]
pub(crate) struct Playback<'a> {
    #[schema(value_type = String, example = "vid_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<VideoId>,
    /// The signed link to the MP4.
    url: &'a str,
    /// When the link expires; ask again before.
    links_expire_at: Time,
    /// A signed link to the still picture, when there is one.
    #[schema(required = true)]
    poster_url: Option<&'a str>,
    captions: &'static [Caption],
    progress: VideoProgress,
}

/// What a player reports.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProgressReport {
    /// Where the learner is.
    position_seconds: Seconds,
    /// When, by the player's clock.
    client_time: Time,
    /// True: she completed the video. False: she takes the mark away. Absent: nothing said.
    completed: Option<bool>,
    /// True: she begins again, so that a position of zero is meant.
    #[serde(default)]
    start_over: bool,
    /// False: the video stands still, so that another device may play. Otherwise this device counts as playing.
    #[serde(default = "yes")]
    is_playing: bool,
}

const fn yes() -> bool {
    true
}

/// Gives a fresh link to one video, to a device that may play it: not too many play already, and she has not played on too
/// many others.
#[utoipa::path(get, path = "/api/videos/{video_id}/playback", operation_id = "playback", tag = "customer",
    security(("session" = []), ("embed" = [])),
    params(("video_id" = String, Path, description = "The video")),
    responses(
        (status = 200, body = Playback),
        (status = 401, description = "Nobody is signed in"),
        (status = 404, description = "There is no such video in the customer's library"),
        (status = 409, description = "Too many of her devices play now, or have played: `devices` names them")))]
pub(crate) async fn playback(
    State(app): State<App>,
    customer: CustomerAnywhere,
    Id(video): Id<VideoId>,
) -> Result<Response, Problem> {
    let opened = app.open_video(customer.playing(), video).await?;
    Ok(json::ok(&Playback {
        id: Text(opened.id),
        url: &opened.url,
        links_expire_at: Time(opened.link_expires_at),
        poster_url: None,
        captions: NO_CAPTIONS,
        progress: opened.progress.as_ref().into(),
    }))
}

/// Records how far the learner is, and says what is saved now: an older report does not move the position, and a
/// completion stays until she takes it away. When too many of her devices play, the report is saved and the answer says that
/// the video must stop.
#[utoipa::path(put, path = "/api/videos/{video_id}/progress", operation_id = "save_progress", tag = "customer",
    security(("session" = []), ("embed" = [])),
    params(("video_id" = String, Path, description = "The video")),
    request_body = ProgressReport,
    responses(
        (status = 200, body = VideoProgress),
        (status = 401, description = "Nobody is signed in"),
        (status = 404, description = "There is no such video in the customer's library"),
        (status = 409, description = "Saved; but too many of her devices play now, or have played: `devices` names them"),
        (status = 422, description = "The report is not of this form")))]
pub(crate) async fn save_progress(
    State(app): State<App>,
    customer: CustomerAnywhere,
    Id(video): Id<VideoId>,
    JsonBody(report): JsonBody<ProgressReport>,
) -> Result<Response, Problem> {
    let is_playing = report.is_playing;
    let report = Report {
        position_ms: report.position_seconds.as_ms(),
        at: report.client_time.0,
        starts_over: report.start_over,
        completed: report.completed,
    };
    let learner = if is_playing {
        customer.playing()
    } else {
        customer.standing()
    };
    let saved = app.record_progress(learner, video, report).await?;
    Ok(json::ok(&VideoProgress::from(Some(&saved))))
}
