//! Makes the demo's lessons and covers out of one film clip.
//!
//! A lesson has a panel with its number, title and a running clock, so that a seek can be seen, beside the film, which
//! swings slowly to and fro. Decoding, scaling and writing happen once for a swing; only the clock is drawn anew for
//! each frame. So 80 seconds take four or five seconds of one core and five or six megabytes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tokio::fs;

use crate::ffmpeg::{self, RenderError};
use crate::look::{Look, minutes_and_seconds, wrap};

/// Size of a lesson in pixels.
const WIDTH: u32 = 854;
const HEIGHT: u32 = 480;
/// The film is square and as high as the lesson; the panel has the rest of the width.
const FILM_WIDTH: u32 = HEIGHT;
const PANEL_WIDTH: u32 = WIDTH - FILM_WIDTH;
/// Seconds of the source that are shown; all its frames are held in memory, twice.
const SOURCE_SECONDS: &str = "5.2";
/// The source is read at 25 frames a second and shown at half its speed.
const FRAME_RATE: &str = "25/2";
/// A key frame every two seconds: a seek lands close to where it should.
const FRAMES_PER_KEY: &str = "25";
/// Frames in one swing to and fro, at most.
const SWING_FRAMES: u32 = 260;

/// Renders a lesson: MP4 of 854×480 with H.264 (8-bit 4:2:0) and AAC, index first, a key frame every two seconds.
///
/// Writes beside `out` and renames at the end, so that there is never half a lesson.
///
/// # Errors
/// [`RenderError`] when ffmpeg is missing or fails, or a file cannot be written.
pub async fn render_lesson(source: &Path, out: &Path, look: &Look) -> Result<(), RenderError> {
    let texts = Texts::of(look);
    let sound = format!(
        "sine=frequency={}:sample_rate=24000:duration={},tremolo=f=0.2:d=0.7,volume=0.25",
        look.palette().tone_hertz,
        look.seconds
    );
    let seconds = look.seconds.to_string();
    let mut arguments = input(source);
    arguments.extend(words(&["-f", "lavfi", "-i", &sound]));
    arguments.extend(words(&["-filter_complex", &lesson_filters(look, &texts)]));
    arguments.extend(words(&["-map", "[lesson]", "-map", "1:a", "-t", &seconds]));
    arguments.extend(words(&[
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-crf",
        "31",
    ]));
    arguments.extend(words(&[
        "-g",
        FRAMES_PER_KEY,
        "-keyint_min",
        FRAMES_PER_KEY,
    ]));
    arguments.extend(words(&["-sc_threshold", "0", "-pix_fmt", "yuv420p"]));
    arguments.extend(words(&["-c:a", "aac", "-aac_coder", "fast", "-b:a", "32k"]));
    arguments.extend(words(&[
        "-map_metadata",
        "-1",
        "-movflags",
        "+faststart",
        "-f",
        "mp4",
    ]));
    render(source, out, arguments, &texts).await
}

/// Renders a cover: JPEG of 1280×720, a graded frame of the film without any words.
///
/// # Errors
/// [`RenderError`] when ffmpeg is missing or fails, or a file cannot be written.
pub async fn render_cover(source: &Path, out: &Path, look: &Look) -> Result<(), RenderError> {
    let mut arguments = input(source);
    arguments.extend(words(&["-filter_complex", &cover_filters(look)]));
    arguments.extend(words(&[
        "-map",
        "[cover]",
        "-frames:v",
        "1",
        "-map_metadata",
        "-1",
    ]));
    arguments.extend(words(&[
        "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p",
    ]));
    arguments.extend(words(&["-f", "image2", "-update", "1"]));
    render(source, out, arguments, &Texts::default()).await
}

/// The words of a lesson. They reach ffmpeg as files: nothing in them can be taken for a part of a filter.
#[derive(Default)]
struct Texts {
    number: String,
    title: String,
    title_pixels: u32,
    length: String,
}

impl Texts {
    fn of(look: &Look) -> Self {
        let is_short = look.title.chars().count() <= 48;
        let (title_pixels, columns) = if is_short { (32, 16) } else { (25, 20) };
        Self {
            number: wrap(&look.number, 24, 1),
            title: wrap(&look.title, columns, 5),
            title_pixels,
            length: format!("of {}", minutes_and_seconds(look.seconds)),
        }
    }

    /// The names stand in [`lesson_filters`]; ffmpeg runs in this folder.
    async fn write_into(&self, folder: &Path) -> std::io::Result<()> {
        fs::write(folder.join("number"), &self.number).await?;
        fs::write(folder.join("title"), &self.title).await?;
        fs::write(folder.join("length"), &self.length).await
    }
}

fn lesson_filters(look: &Look, texts: &Texts) -> String {
    let palette = look.palette();
    let (ink, accent) = (palette.ink, palette.accent);
    let title_pixels = texts.title_pixels;
    let seconds = look.seconds;
    let picture = picture(look, FILM_WIDTH, HEIGHT);
    let film_is_left = look.variant % 2 == 1;
    let (film_left, panel_left) = if film_is_left {
        (0, FILM_WIDTH)
    } else {
        (PANEL_WIDTH, 0)
    };
    let text_left = panel_left + 40;
    let written = format!("drawtext=font='DejaVu Sans':expansion=none:x={text_left}");
    let endless = format!("setpts=N/({FRAME_RATE})/TB,trim=duration={seconds}");
    let film = format!(
        "[0:v]trim=duration={SOURCE_SECONDS},fps=25,{picture},format=yuv420p,split[forth][turn];\
         [turn]reverse,trim=start_frame=1,setpts=PTS-STARTPTS[back];\
         [forth][back]concat=n=2:v=1,loop=loop=-1:size={SWING_FRAMES}:start=0,{endless}[film]"
    );
    let panel = format!(
        "color=c={ink}:s={WIDTH}x{HEIGHT}:r={FRAME_RATE}:d=0.08,format=yuv420p,\
         drawbox=x={text_left}:y=64:w=44:h=4:color={accent}:t=fill,\
         {written}:textfile=number:fontsize=20:fontcolor={accent}:y=88,\
         {written}+2:textfile=length:fontsize=18:fontcolor=white@0.6:y=334,\
         {written}:textfile=title:fontsize={title_pixels}:line_spacing=9:fontcolor=0xf7f5f0:y=128,\
         loop=loop=-1:size=1:start=0,{endless}[panel]"
    );
    let clock = format!(
        "[panel][film]overlay=x={film_left}:y=0:shortest=1,\
         drawtext=font='DejaVu Sans':text='%{{pts\\:gmtime\\:0\\:%M\\\\\\:%S}}':fontsize=44:fontcolor=0xf7f5f0:\
         x={text_left}:y=284[lesson]"
    );
    format!("{film};{panel};{clock}")
}

fn cover_filters(look: &Look) -> String {
    let palette = look.palette();
    let (ink, accent) = (palette.ink, palette.accent);
    let picture = picture(look, 1280, 720);
    // A different moment of the film for each variant, within the first seconds of any clip.
    let moment = look.variant % 4;
    format!(
        "gradients=s=1280x720:d=1:n=2:c0={accent}:c1={ink}:x0=0:y0=0:x1=1280:y1=720,format=gbrp[light];\
         [0:v]trim=start={moment},setpts=PTS-STARTPTS,{picture},format=gbrp[film];\
         [film][light]blend=all_mode=softlight:all_opacity=0.6:shortest=1,\
         eq=brightness=0.04:saturation=1.1,vignette=angle=PI/6[cover]"
    )
}

/// Cuts, mirrors and grades the film to fill a picture of this size, whatever its own shape is.
fn picture(look: &Look, width: u32, height: u32) -> String {
    let framing = look.framing();
    let (zoom, left, top) = (
        framing.zoom_percent,
        framing.left_percent,
        framing.top_percent,
    );
    let mirror = if framing.is_mirrored { ",hflip" } else { "" };
    let hue = look.hue_degrees;
    format!(
        "scale=w={width}*{zoom}/100:h={height}*{zoom}/100:force_original_aspect_ratio=increase:flags=bicubic,\
         crop={width}:{height}:(iw-ow)*{left}/100:(ih-oh)*{top}/100{mirror},setsar=1,hue=h={hue}"
    )
}

/// Runs ffmpeg in a scratch folder beside the output, and moves the result into place.
async fn render(
    source: &Path,
    out: &Path,
    mut arguments: Vec<OsString>,
    texts: &Texts,
) -> Result<(), RenderError> {
    if !fs::try_exists(source).await.unwrap_or_default() {
        return Err(RenderError::SourceMissing);
    }
    let absolute = std::path::absolute(out).map_err(RenderError::while_doing("find the folder"))?;
    let parent = absolute.parent().unwrap_or(Path::new("/"));
    let scratch = tempfile::Builder::new()
        .prefix(".rendering-")
        .tempdir_in(parent)
        .map_err(RenderError::while_doing("make a scratch folder"))?;
    texts
        .write_into(scratch.path())
        .await
        .map_err(RenderError::while_doing("write the words of a lesson"))?;
    arguments.push("rendered".into());
    let source_folder = folder_of(source);
    ffmpeg::run(arguments, scratch.path(), &[&source_folder, scratch.path()]).await?;
    fs::rename(scratch.path().join("rendered"), &absolute)
        .await
        .map_err(RenderError::while_doing(
            "put the rendered file in its place",
        ))
}

/// Names the source so that ffmpeg takes it for a file, whatever its name looks like.
fn input(source: &Path) -> Vec<OsString> {
    let mut name = OsString::from("file:");
    name.push(std::path::absolute(source).unwrap_or_else(|_| source.to_owned()));
    vec!["-i".into(), name]
}

fn folder_of(file: &Path) -> PathBuf {
    let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    absolute.parent().map(Path::to_owned).unwrap_or_default()
}

fn words(arguments: &[&str]) -> Vec<OsString> {
    arguments.iter().map(OsString::from).collect()
}
