//! The course's JSON as typed structures, for the bare handler.

use serde::{Deserialize, Serialize};

#[derive(Deserialize, Serialize)]
pub(crate) struct Course {
    id: String,
    title: String,
    description: String,
    cover_url: Option<String>,
    access: Access,
    progress: Count,
    links_expire_at: String,
    modules: Vec<Module>,
    files: Vec<File>,
}

#[derive(Deserialize, Serialize)]
struct Access {
    until: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct Count {
    completed: u64,
    total: u64,
}

#[derive(Deserialize, Serialize)]
struct Module {
    id: String,
    title: String,
    order: i64,
    videos: Vec<Video>,
}

#[derive(Deserialize, Serialize)]
struct Video {
    id: String,
    title: String,
    order: i64,
    duration_seconds: f64,
    url: String,
    hls_url: Option<String>,
    poster_url: Option<String>,
    storyboard_url: Option<String>,
    captions: Vec<String>,
    progress: Place,
}

#[derive(Deserialize, Serialize)]
struct Place {
    position_seconds: f64,
    completed_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct File {
    id: String,
    title: String,
    size_bytes: i64,
    media_type: String,
}
