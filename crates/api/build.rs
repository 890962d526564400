//! Says when the web pages are not built. It never builds them: that is `make web`.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=../../web/dist");
    if !Path::new("../../web/dist/index.html").exists() {
        println!(
            "cargo:warning=web/dist is missing: the pages will say so; run `make web` and build again"
        );
    }
}
