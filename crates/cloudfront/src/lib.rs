//! CloudFront signed URLs and cookies: policies, signing, verifying.
