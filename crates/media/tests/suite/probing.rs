use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

use media::{Probe, ProbeError, probe, read_probe};
use proptest::prelude::*;

use crate::clip;

fn read(bytes: &[u8]) -> Result<Probe, ProbeError> {
    read_probe(&mut Cursor::new(bytes))
}

/// Returns the clip as it is: brand, media, index. It is no fast start.
fn film() -> Vec<u8> {
    fs::read(clip()).unwrap()
}

/// Returns the clip with its index in front and with empty media, small enough to be damaged bit by bit.
fn fast_start() -> Vec<u8> {
    let film = film();
    let index = place(&film, *b"moov");
    [&film[..32], &film[index..], b"\0\0\0\x08mdat"].concat()
}

/// Returns where the last box of this kind begins.
fn place(bytes: &[u8], kind: [u8; 4]) -> usize {
    bytes.windows(4).rposition(|four| four == kind).unwrap() - 4
}

fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = bytes
        .windows(old.len())
        .position(|part| part == old)
        .unwrap();
    let mut changed = bytes.to_vec();
    changed[at..at + new.len()].copy_from_slice(new);
    changed
}

#[tokio::test]
async fn the_clip_is_what_its_readme_says() {
    let probe = probe(&clip()).await.unwrap();
    assert!((probe.duration_seconds - 5.31).abs() < 0.01, "{probe:?}");
    assert_eq!((probe.width, probe.height), (1280, 720));
    assert_eq!(probe.video_codec, "avc1.4D401F");
    assert_eq!(probe.audio_codec.as_deref(), Some("mp4a.40.2"));
    assert!(!probe.faststart);
}

#[tokio::test]
async fn a_file_that_is_no_mp4_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, &[u8], &str); 6] = [
        ("empty", b"", "this file is empty"),
        (
            "words",
            b"# Not a film\n\nJust words.",
            "this is not an MP4 file",
        ),
        ("three-bytes", b"abc", "this is not an MP4 file"),
        (
            "picture",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            "this is not an MP4 file",
        ),
        (
            "movie",
            b"\0\0\0\x14ftypqt  \0\0\0\0qt  ",
            "this is a QuickTime movie; save it as MP4",
        ),
        (
            "brand-only",
            b"\0\0\0\x14ftypisom\0\0\0\0isom",
            "the file has no index; the recording was not finished",
        ),
    ];
    for (name, bytes, sentence) in cases {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let refusal = probe(&path).await.unwrap_err();
        assert_eq!(refusal.to_string(), sentence, "{name}");
    }
    let folder = probe(folder.path()).await.unwrap_err();
    assert_eq!(folder.to_string(), "this is not an MP4 file");
    let absent = probe(&clip().with_extension("absent")).await.unwrap_err();
    assert_eq!(absent.to_string(), "the file cannot be read");
}

#[test]
fn a_film_cut_anywhere_is_refused() {
    let film = film();
    for cut in (8..film.len())
        .step_by(9973)
        .chain(film.len() - 4300..film.len())
    {
        let refusal = read(&film[..cut]).unwrap_err();
        // A cut between two boxes leaves a whole file that has no index.
        let is_between = matches!(cut, 32 | 40 | 1_051_507 | 1_051_515);
        assert!(
            matches!(
                (&refusal, is_between),
                (ProbeError::EndsTooEarly, false) | (ProbeError::NoIndex, true)
            ),
            "cut at {cut}: {refusal}"
        );
    }
    let fast_start = fast_start();
    for cut in 8..fast_start.len() {
        assert!(read(&fast_start[..cut]).is_err(), "cut at {cut}");
    }
}

#[test]
fn every_damaged_bit_of_the_index_gives_an_answer() {
    let mut film = fast_start();
    assert!(read(&film).unwrap().faststart);
    let mut refused = 0;
    for bit in 0..film.len() * 8 {
        film[bit / 8] ^= 1 << (bit % 8);
        match read(&film) {
            Ok(probe) => assert!(probe.duration_seconds > 0.0 && probe.width > 0, "bit {bit}"),
            Err(_) => refused += 1,
        }
        film[bit / 8] ^= 1 << (bit % 8);
    }
    assert!(refused > 1000, "only {refused} damaged files were refused");
}

#[test]
fn sizes_that_lie_neither_hang_nor_take_memory() {
    for kind in [
        b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1", b"mvhd", b"esds",
    ] {
        let mut film = fast_start();
        let at = place(&film, *kind);
        for size in [0, 1, 7, 8, 0x7fff_ffff, u32::MAX] {
            film[at..at + 4].copy_from_slice(&u32::to_be_bytes(size));
            if let Ok(probe) = read(&film) {
                assert!(probe.duration_seconds < 10.0, "{probe:?}");
            }
        }
    }
}

#[test]
fn a_codec_that_browsers_cannot_play_is_named() {
    let film = fast_start();
    let cases: [(&[u8], &[u8], &str); 6] = [
        (
            b"avc1\0\0\0\0\0\0\0\x01",
            b"hvc1",
            "the video is in HEVC (H.265), which not every browser can play; export it as H.264",
        ),
        (
            b"avcC\x01\x4d",
            b"avcC\x01\x6e",
            "the video is in H.264 with 10-bit colour, which not every browser can play; export it as H.264",
        ),
        (
            b"avc1\0\0\0\0\0\0\0\x01",
            b"\x1b[0m",
            "the video is in ??0m, which not every browser can play; export it as H.264",
        ),
        (
            b"mp4a\0\0\0\0\0\0\0\x01",
            b"ac-3",
            "the sound is in Dolby Digital (AC-3), which not every browser can play; export it as AAC",
        ),
        (b"vide", b"text", "the file has no video in it"),
        (
            b"udta",
            b"mvex",
            "this MP4 is written in fragments; save it again as a plain MP4",
        ),
    ];
    for (old, new, sentence) in cases {
        let refusal = read(&replaced(&film, old, new)).unwrap_err();
        assert_eq!(refusal.to_string(), sentence);
    }
}

/// Encodes a blink of a test picture and tone, small and quick.
fn encoded(options: &str, name: &str, folder: &Path) -> PathBuf {
    let file = folder.join(name);
    let status = Command::new("ffmpeg")
        .args([
            "-nostdin",
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "testsrc=s=64x64:d=0.4",
        ])
        .args(["-f", "lavfi", "-i", "sine=d=0.4:r=48000"])
        .args(options.split(' '))
        .arg(&file)
        .status()
        .unwrap();
    assert!(status.success(), "{options}");
    file
}

#[tokio::test]
async fn the_codecs_that_browsers_play_are_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let yuv = "-pix_fmt yuv420p";
    let cases = [
        (
            "-c:v libx264 -profile:v high -c:a libmp3lame",
            "avc1.64000A",
            "mp4a.6B",
        ),
        (
            "-c:v libvpx-vp9 -deadline realtime -c:a libopus",
            "vp09.00.10.08",
            "opus",
        ),
        (
            "-c:v libaom-av1 -cpu-used 8 -c:a flac -strict -2",
            "av01.0.00M.08",
            "flac",
        ),
    ];
    for (number, (options, video, audio)) in cases.into_iter().enumerate() {
        let options = format!("{options} {yuv}");
        let file = encoded(&options, &format!("{number}.mp4"), folder.path());
        let probe = probe(&file).await.unwrap();
        assert_eq!(probe.video_codec, video);
        assert_eq!(probe.audio_codec.as_deref(), Some(audio));
        assert_eq!((probe.width, probe.height), (64, 64));
        assert!((probe.duration_seconds - 0.4).abs() < 0.1, "{probe:?}");
    }
    let silent = encoded(
        "-map 0:v -c:v libx264 -pix_fmt yuv420p",
        "silent.mp4",
        folder.path(),
    );
    assert_eq!(probe(&silent).await.unwrap().audio_codec, None);
}

#[tokio::test]
async fn the_files_that_browsers_do_not_play_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        (
            "-c:v libx265 -x265-params log-level=none",
            "hevc.mp4",
            "the video is in HEVC (H.265)",
        ),
        (
            "-c:v libx264 -pix_fmt yuv422p",
            "422.mp4",
            "the video is in H.264 with 4:2:2",
        ),
        ("-c:v mpeg4", "mpeg4.mp4", "the video is in MPEG-4 Part 2"),
        (
            "-c:v libx264 -pix_fmt yuv420p -c:a ac3",
            "ac3.mp4",
            "the sound is in Dolby Digital",
        ),
        ("-vn -c:a aac", "sound.mp4", "the file has no video in it"),
        (
            "-c:v libx264 -pix_fmt yuv420p",
            "movie.mov",
            "this is a QuickTime movie",
        ),
        (
            "-c:v libvpx-vp9 -deadline realtime",
            "film.webm",
            "this is not an MP4 file",
        ),
        (
            "-c:v libx264 -pix_fmt yuv420p -movflags frag_keyframe+empty_moov",
            "fragments.mp4",
            "this MP4 is written in fragments",
        ),
    ];
    for (options, name, sentence) in cases {
        let refusal = probe(&encoded(options, name, folder.path()))
            .await
            .unwrap_err();
        assert!(
            refusal.to_string().starts_with(sentence),
            "{name}: {refusal}"
        );
    }
}

#[test]
fn a_phone_film_that_is_turned_has_its_shown_size() {
    let film = fast_start();
    let upright = [0, 0x1_0000, 0, 0xffff_0000_u32, 0, 0]
        .map(u32::to_be_bytes)
        .concat();
    let straight = [0x1_0000, 0, 0, 0, 0x1_0000_u32, 0]
        .map(u32::to_be_bytes)
        .concat();
    let track = film.windows(4).position(|four| four == b"tkhd").unwrap();
    let mut turned = film.clone();
    let matrix = track
        + film[track..]
            .windows(24)
            .position(|part| part == straight)
            .unwrap();
    turned[matrix..matrix + 24].copy_from_slice(&upright);
    let probe = read(&turned).unwrap();
    assert_eq!((probe.width, probe.height), (720, 1280));
}

proptest! {
    #[test]
    fn any_bytes_behind_a_brand_give_an_answer(tail in prop::collection::vec(any::<u8>(), 0..400)) {
        let bytes = [&b"\0\0\0\x14ftypisom\0\0\0\0isom\0\0\0\0moov"[..], &tail].concat();
        prop_assert!(read(&bytes).is_err());
    }
}
