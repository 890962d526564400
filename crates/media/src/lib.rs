//! Looks into media files and renders them with ffmpeg.
//!
//! [`probe`] answers what an MP4 file holds and refuses, with a sentence for people, what browsers cannot play.
//! It reads only the file's index, never trusts a length in it, and needs no ffmpeg.
//! [`render_lesson`] and [`render_cover`] make the demo's videos and pictures from one film clip, each with a [`Look`]
//! of its own. They start `ffmpeg` as a process.

mod boxes;
mod codec;
mod ffmpeg;
mod lesson;
mod look;
mod probe;

pub use ffmpeg::RenderError;
pub use lesson::{render_cover, render_lesson};
pub use look::Look;
pub use probe::{Probe, ProbeError, probe, read_probe};
