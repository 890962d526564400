//! Starts ffmpeg and turns its failure into an error that a person can act on.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

/// Lines of ffmpeg's own complaint that an error carries.
const COMPLAINT_LINES: usize = 3;

/// Why a picture or a film was not made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// There is no `ffmpeg` to start.
    #[error(
        "ffmpeg is not installed; on Debian or Ubuntu: apt-get install ffmpeg fonts-dejavu-core"
    )]
    FfmpegMissing,
    /// The film to start from is not there.
    #[error("the source film does not exist")]
    SourceMissing,
    /// ffmpeg ran and gave up.
    #[error("ffmpeg failed: {complaint}")]
    Ffmpeg {
        /// The last lines that it wrote, without the folders of the files.
        complaint: String,
    },
    /// A file could not be read or written.
    #[error("cannot {doing}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// What the system answered.
        source: io::Error,
    },
}

impl RenderError {
    pub(crate) fn while_doing(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, source }
    }
}

/// Runs ffmpeg in a folder and waits for it. Dropping the future ends the process.
///
/// The arguments go to the process as they are, past no shell. `hidden` are the folders that must not show in an error.
pub(crate) async fn run(
    arguments: Vec<OsString>,
    folder: &Path,
    hidden: &[&Path],
) -> Result<(), RenderError> {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y"])
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => RenderError::FfmpegMissing,
            _ => RenderError::while_doing("start ffmpeg")(error),
        })?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = last_lines(&String::from_utf8_lossy(&output.stderr), hidden);
    Err(RenderError::Ffmpeg { complaint })
}

fn last_lines(stderr: &str, hidden: &[&Path]) -> String {
    let mut text = stderr.to_owned();
    for folder in hidden {
        text = text.replace(&format!("{}/", folder.display()), "");
    }
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let first = lines.len().saturating_sub(COMPLAINT_LINES);
    lines.into_iter().skip(first).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_keeps_the_last_lines_and_no_folder() {
        let stderr = "one\ntwo\n\nfile:/srv/films/a.mp4: Invalid data\nfour\n";
        assert_eq!(
            last_lines(stderr, &[Path::new("/srv/films")]),
            "two; file:a.mp4: Invalid data; four"
        );
    }
}
