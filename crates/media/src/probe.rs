//! What an MP4 file holds, read from its index alone.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use crate::boxes::{Boxes, Fields, Header, find, find_path};
use crate::codec::{self, Unplayable};

/// Largest index that is read: some twenty hours of film with a lot of sound.
const INDEX_LIMIT_BYTES: u64 = 64 << 20;
/// Most boxes that a plain MP4 has at its top; more means that it is none.
const TOP_BOX_LIMIT: usize = 1000;

/// What is in a playable MP4 file.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// Playing time in seconds, greater than zero.
    pub duration_seconds: f64,
    /// Width of the picture in pixels, as shown (after rotation).
    pub width: u32,
    /// Height of the picture in pixels, as shown (after rotation).
    pub height: u32,
    /// Codec of the picture in the form of RFC 6381, for example `avc1.4D401F`.
    pub video_codec: String,
    /// Codec of the sound in the form of RFC 6381, for example `mp4a.40.2`; `None` for a silent film.
    pub audio_codec: Option<String>,
    /// The index stands before the media, so that a player can start before the file has arrived.
    pub faststart: bool,
}

/// Why a file cannot be used as a video. Each message is a sentence for the person who chose the file.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The file has no bytes.
    #[error("this file is empty")]
    Empty,
    /// The file does not begin like an MP4.
    #[error("this is not an MP4 file")]
    NotMp4,
    /// The file is a `QuickTime` movie: like an MP4, but not one that every browser takes.
    #[error("this is a QuickTime movie; save it as MP4")]
    QuickTime,
    /// A box reaches past the end of the file.
    #[error("the file ends too early; it was not copied or uploaded whole")]
    EndsTooEarly,
    /// There is no index: a recording that was never finished.
    #[error("the file has no index; the recording was not finished")]
    NoIndex,
    /// The file is written in fragments, for streaming or by a recorder, and cannot be seeked in by itself.
    #[error("this MP4 is written in fragments; save it again as a plain MP4")]
    Fragmented,
    /// The index contradicts itself.
    #[error("the file is damaged; its index cannot be read")]
    Damaged,
    /// There is sound at most.
    #[error("the file has no video in it")]
    NoVideo,
    /// Browsers cannot play the picture.
    #[error("the video is in {codec}, which not every browser can play; export it as H.264")]
    UnplayableVideo {
        /// What people call the codec.
        codec: String,
    },
    /// Browsers cannot play the sound.
    #[error("the sound is in {codec}, which not every browser can play; export it as AAC")]
    UnplayableAudio {
        /// What people call the codec.
        codec: String,
    },
    /// The file could not be read.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
}

/// Looks into a file, off the async threads.
///
/// # Errors
/// [`ProbeError`] says why the file cannot be used as a video.
pub async fn probe(path: &Path) -> Result<Probe, ProbeError> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || {
        let file = File::open(path)?;
        if !file.metadata()?.is_file() {
            return Err(ProbeError::NotMp4);
        }
        read_probe(&mut BufReader::new(file))
    })
    .await
    .map_err(io::Error::other)?
}

/// Looks into anything that can be read and seeked in. Blocks; reads a few kilobytes and the index.
///
/// # Errors
/// [`ProbeError`] says why the file cannot be used as a video.
pub fn read_probe(source: &mut (impl Read + Seek)) -> Result<Probe, ProbeError> {
    let index = find_index(source)?;
    let moov = read_bytes(source, index.start, index.bytes)?;
    if find(&moov, *b"mvex").is_some() {
        return Err(ProbeError::Fragmented);
    }
    let tracks = || {
        Boxes(&moov)
            .filter(|(kind, _)| kind == b"trak")
            .map(|(_, track)| track)
    };
    let handled_by = |wanted: &[u8; 4]| tracks().find(|track| handler(track) == Some(*wanted));

    let video = handled_by(b"vide").ok_or(ProbeError::NoVideo)?;
    let video_codec = codec_of(video, codec::video)?
        .map_err(|Unplayable { codec }| ProbeError::UnplayableVideo { codec })?;
    let audio_codec = handled_by(b"soun")
        .map(|audio| {
            codec_of(audio, codec::audio)?
                .map_err(|Unplayable { codec }| ProbeError::UnplayableAudio { codec })
        })
        .transpose()?;
    let (width, height) = shown_size(video).ok_or(ProbeError::Damaged)?;
    let duration = find(&moov, *b"mvhd")
        .and_then(duration)
        .or_else(|| find_path(video, &[*b"mdia", *b"mdhd"]).and_then(duration))
        .ok_or(ProbeError::Damaged)?;
    Ok(Probe {
        duration_seconds: duration.as_secs_f64(),
        width,
        height,
        video_codec,
        audio_codec,
        faststart: index.is_before_media,
    })
}

struct Index {
    start: u64,
    bytes: u64,
    is_before_media: bool,
}

/// Walks the boxes at the top of the file, checking that each lies within it.
fn find_index(source: &mut (impl Read + Seek)) -> Result<Index, ProbeError> {
    let length = source.seek(SeekFrom::End(0))?;
    if length == 0 {
        return Err(ProbeError::Empty);
    }
    let mut index = None;
    let mut has_media = false;
    let mut start = 0;
    for number in 0.. {
        if start == length {
            break;
        }
        if number == TOP_BOX_LIMIT {
            return Err(ProbeError::Damaged);
        }
        let head = read_bytes(source, start, Header::MAX_BYTES.min(length - start))?;
        let header = match Header::parse(&head) {
            Some(header) => header,
            None if number == 0 => return Err(ProbeError::NotMp4),
            None if length - start < Header::MAX_BYTES => return Err(ProbeError::EndsTooEarly),
            None => return Err(ProbeError::Damaged),
        };
        if number == 0 {
            check_brand(source, header)?;
        }
        let end = match header.total_bytes {
            Some(total) => start.checked_add(total).ok_or(ProbeError::Damaged)?,
            None => length,
        };
        if end > length {
            return Err(ProbeError::EndsTooEarly);
        }
        match &header.kind {
            b"moov" if index.is_none() => {
                index = Some(Index {
                    start: start + header.own_bytes,
                    bytes: end - start - header.own_bytes,
                    is_before_media: !has_media,
                });
            }
            b"moof" => return Err(ProbeError::Fragmented),
            b"mdat" => has_media = true,
            _ => {}
        }
        start = end;
    }
    let index = index.ok_or(ProbeError::NoIndex)?;
    if index.bytes > INDEX_LIMIT_BYTES || !has_media {
        return Err(ProbeError::Damaged);
    }
    Ok(index)
}

/// An MP4 begins with its brand (ISO/IEC 14496-12 §4.3).
fn check_brand(source: &mut (impl Read + Seek), first: Header) -> Result<(), ProbeError> {
    match &first.kind {
        b"ftyp" => {}
        b"moov" | b"mdat" | b"wide" => return Err(ProbeError::QuickTime),
        _ => return Err(ProbeError::NotMp4),
    }
    let brand = read_bytes(source, first.own_bytes, 4).map_err(|_| ProbeError::EndsTooEarly)?;
    if brand == b"qt  " {
        return Err(ProbeError::QuickTime);
    }
    Ok(())
}

/// Reads exactly these bytes. The caller has checked that they lie within the file.
fn read_bytes(source: &mut (impl Read + Seek), start: u64, bytes: u64) -> io::Result<Vec<u8>> {
    source.seek(SeekFrom::Start(start))?;
    let mut read = Vec::new();
    source.take(bytes).read_to_end(&mut read)?;
    if u64::try_from(read.len()).is_ok_and(|length| length == bytes) {
        Ok(read)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

/// Returns who handles the track: `vide` or `soun` among others.
fn handler(track: &[u8]) -> Option<[u8; 4]> {
    let mut fields = Fields(find_path(track, &[*b"mdia", *b"hdlr"])?);
    fields.skip(8)?; // version, flags, predefined
    fields.kind()
}

type Judge = fn([u8; 4], &[u8]) -> Option<Result<String, Unplayable>>;

fn codec_of(track: &[u8], judge: Judge) -> Result<Result<String, Unplayable>, ProbeError> {
    find_path(track, &[*b"mdia", *b"minf", *b"stbl", *b"stsd"])
        .and_then(codec::first_entry)
        .and_then(|(kind, entry)| judge(kind, entry))
        .ok_or(ProbeError::Damaged)
}

/// Returns the size from the track header, turned as its matrix says (phones film upright this way).
fn shown_size(track: &[u8]) -> Option<(u32, u32)> {
    let mut fields = Fields(find(track, *b"tkhd")?);
    let version = fields.u8()?;
    fields.skip(3)?;
    fields.skip(if version == 0 { 20 } else { 32 })?; // times, track id, duration
    fields.skip(16)?; // layer, group, volume
    let mut matrix = Fields(fields.take(36)?);
    let (a, b) = (matrix.u32()?, matrix.u32()?);
    let (width, height) = (fields.u32()? >> 16, fields.u32()? >> 16); // 16.16 fixed point
    if width == 0 || height == 0 {
        return None;
    }
    let is_turned = a == 0 && b != 0;
    Some(if is_turned {
        (height, width)
    } else {
        (width, height)
    })
}

/// Returns the duration from an `mvhd` or `mdhd` body, unless it is absent, zero or unknown.
fn duration(header: &[u8]) -> Option<Duration> {
    let mut fields = Fields(header);
    let version = fields.u8()?;
    fields.skip(3)?;
    fields.skip(if version == 0 { 8 } else { 16 })?; // created, modified
    let scale = u64::from(fields.u32()?);
    let units = fields.u32_or_u64(version)?;
    let unknown = if version == 0 {
        u64::from(u32::MAX)
    } else {
        u64::MAX
    };
    if units == 0 || units == unknown {
        return None;
    }
    let seconds = Duration::from_secs(units.checked_div(scale)?);
    let rest = Duration::from_nanos(units.checked_rem(scale)? * 1_000_000_000 / scale);
    seconds.checked_add(rest)
}
