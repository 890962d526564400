//! Looks into media files and renders them with ffmpeg.
