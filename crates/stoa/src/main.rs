//! The `stoa` binary: configuration, wiring, command line.
fn main() {}
