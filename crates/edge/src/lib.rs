//! The local CDN: verifies CloudFront signatures and streams ranges.
