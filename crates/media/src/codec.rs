//! Which codecs a sample entry names (ISO/IEC 14496-12 §8.5.2), as RFC 6381 strings, and whether browsers play them.
//!
//! "Play" means every current browser on every common machine. That leaves HEVC out: Firefox plays it on few systems
//! and Chrome only with help from the hardware, so a paying customer would see a black picture.

use crate::boxes::{Boxes, Fields, Kind, find};

/// Bytes of a visual sample entry before its own boxes.
const VISUAL_ENTRY_BYTES: usize = 78;

/// A codec that is known, or at least named, but not played everywhere.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unplayable {
    /// What people call it.
    pub(crate) codec: String,
}

/// Returns the first sample entry of an `stsd` box: its codec and its body.
pub(crate) fn first_entry(stsd: &[u8]) -> Option<(Kind, &[u8])> {
    let mut fields = Fields(stsd);
    fields.skip(8)?; // version, flags, entry count
    Boxes(fields.0).next()
}

/// Returns the RFC 6381 string of a video codec; `None` when its description is damaged.
pub(crate) fn video(kind: Kind, entry: &[u8]) -> Option<Result<String, Unplayable>> {
    let name = match &kind {
        b"avc1" | b"avc3" => return h264(kind, entry),
        b"av01" => return av1(entry).map(Ok),
        b"vp09" => return vp9(entry).map(Ok),
        b"hvc1" | b"hev1" => "HEVC (H.265)".to_owned(),
        b"dvh1" | b"dvhe" => "Dolby Vision".to_owned(),
        b"mp4v" => "MPEG-4 Part 2".to_owned(),
        b"apch" | b"apcn" | b"apcs" | b"apco" | b"ap4h" | b"ap4x" => "ProRes".to_owned(),
        b"jpeg" | b"mjpa" | b"mjpb" => "Motion JPEG".to_owned(),
        b"encv" => "an encrypted form".to_owned(),
        other => readable(*other),
    };
    Some(Err(Unplayable { codec: name }))
}

/// Returns the RFC 6381 string of an audio codec; `None` when its description is damaged.
pub(crate) fn audio(kind: Kind, entry: &[u8]) -> Option<Result<String, Unplayable>> {
    let name = match &kind {
        b"mp4a" => return mpeg_audio(entry),
        b".mp3" => return Some(Ok("mp4a.6B".to_owned())),
        b"Opus" => return Some(Ok("opus".to_owned())),
        b"fLaC" => return Some(Ok("flac".to_owned())),
        b"ac-3" | b"ec-3" => "Dolby Digital (AC-3)".to_owned(),
        b"alac" => "Apple Lossless".to_owned(),
        b"sowt" | b"twos" | b"lpcm" | b"ipcm" | b"in24" => "uncompressed PCM".to_owned(),
        b"enca" => "an encrypted form".to_owned(),
        other => readable(*other),
    };
    Some(Err(Unplayable { codec: name }))
}

fn visual_box(entry: &[u8], wanted: Kind) -> Option<&[u8]> {
    find(entry.get(VISUAL_ENTRY_BYTES..)?, wanted)
}

/// ISO/IEC 14496-15 §5.3.3: version, profile, constraints, level.
fn h264(kind: Kind, entry: &[u8]) -> Option<Result<String, Unplayable>> {
    let mut fields = Fields(visual_box(entry, *b"avcC")?);
    fields.skip(1)?;
    let (profile, constraints, level) = (fields.u8()?, fields.u8()?, fields.u8()?);
    let unplayable = match profile {
        66 | 77 | 88 | 100 => None,
        110 => Some("H.264 with 10-bit colour".to_owned()),
        122 => Some("H.264 with 4:2:2 colour".to_owned()),
        244 | 44 => Some("H.264 with 4:4:4 colour".to_owned()),
        other => Some(format!("H.264 of profile {other}")),
    };
    Some(match unplayable {
        Some(codec) => Err(Unplayable { codec }),
        None => Ok(format!(
            "{}.{profile:02X}{constraints:02X}{level:02X}",
            readable(kind)
        )),
    })
}

/// AV1 in ISOBMFF §2.3.3: marker, profile and level, tier and bit depth.
fn av1(entry: &[u8]) -> Option<String> {
    let mut fields = Fields(visual_box(entry, *b"av1C")?);
    fields.skip(1)?;
    let (profile_level, depth) = (fields.u8()?, fields.u8()?);
    let (profile, level) = (profile_level >> 5, profile_level & 0x1f);
    let tier = if depth & 0x80 == 0 { 'M' } else { 'H' };
    let bits = match depth & 0x60 {
        0x60 => 12,
        0x40 => 10,
        _ => 8,
    };
    Some(format!("av01.{profile}.{level:02}{tier}.{bits:02}"))
}

/// VP codec ISO media file format binding: version and flags, profile, level, bit depth.
fn vp9(entry: &[u8]) -> Option<String> {
    let mut fields = Fields(visual_box(entry, *b"vpcC")?);
    fields.skip(4)?;
    let (profile, level, depth) = (fields.u8()?, fields.u8()?, fields.u8()? >> 4);
    Some(format!("vp09.{profile:02}.{level:02}.{depth:02}"))
}

fn mpeg_audio(entry: &[u8]) -> Option<Result<String, Unplayable>> {
    let mut fields = Fields(entry);
    fields.skip(8)?;
    let extra = match fields.u16()? {
        0 => 0,
        1 => 16, // QuickTime sound descriptions carry more before their boxes
        _ => 36,
    };
    fields.skip(18 + extra)?;
    let boxes = fields.0;
    let description = find(boxes, *b"esds")
        .or_else(|| find(boxes, *b"wave").and_then(|wave| find(wave, *b"esds")))?;
    let (object_type, specific) = decoder_config(description)?;
    Some(match object_type {
        // The first five bits of an AudioSpecificConfig name the kind of AAC (ISO/IEC 14496-3 §1.6.2).
        0x40 => Ok(format!("mp4a.40.{}", specific.first()? >> 3)),
        0x66..=0x69 | 0x6b => Ok(format!("mp4a.{object_type:02X}")),
        0xa5 | 0xa6 => Err(Unplayable {
            codec: "Dolby Digital (AC-3)".to_owned(),
        }),
        other => Err(Unplayable {
            codec: format!("MPEG-4 audio of type {other:02X}"),
        }),
    })
}

/// Returns the object type and the decoder's own bytes out of an `esds` box (ISO/IEC 14496-1 §7.2.6).
fn decoder_config(esds: &[u8]) -> Option<(u8, &[u8])> {
    let mut fields = Fields(esds);
    fields.skip(4)?;
    let mut stream = Fields(descriptor(&mut fields, 0x03)?);
    stream.skip(2)?;
    let flags = stream.u8()?;
    if flags & 0x80 != 0 {
        stream.skip(2)?;
    }
    if flags & 0x40 != 0 {
        let url = usize::from(stream.u8()?);
        stream.skip(url)?;
    }
    if flags & 0x20 != 0 {
        stream.skip(2)?;
    }
    let mut config = Fields(descriptor(&mut stream, 0x04)?);
    let object_type = config.u8()?;
    config.skip(12)?;
    let specific = descriptor(&mut config, 0x05).unwrap_or_default();
    Some((object_type, specific))
}

/// Takes a descriptor of this tag: its length comes seven bits a byte, in at most four bytes.
fn descriptor<'a>(fields: &mut Fields<'a>, tag: u8) -> Option<&'a [u8]> {
    if fields.u8()? != tag {
        return None;
    }
    let mut length = 0_usize;
    for _ in 0..4 {
        let byte = fields.u8()?;
        length = length << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    fields.take(length)
}

/// Writes a four-letter code so that nothing odd of a damaged file reaches a message.
fn readable(kind: Kind) -> String {
    kind.iter()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' => char::from(*byte),
            _ => '?',
        })
        .collect()
}
