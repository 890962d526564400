//! HTTP in, HTTP out; serves the built web files.
