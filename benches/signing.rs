//! How many whole signed URLs a CPU second makes, beside `openssl speed` on the same machine.
//!
//! Run with `cargo run --release -p benches --bin signing`. Both are measured by CPU time, in
//! seven alternating rounds; each round gives a ratio and the median counts. Ends with an error
//! when a ratio is below its target.
#![allow(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "measured numbers become floating-point ratios"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use cloudfront::{ResourceUrl, SigningKey};

const ROUNDS: usize = 7;

/// CPU time that one round spends on one kind of key.
const NANOSECONDS: u64 = 1_000_000_000;

/// How often a key signs before the spent time is looked at.
const BATCH: u64 = 64;

struct Contest {
    name: &'static str,
    /// The name of the algorithm to `openssl speed`.
    openssl: &'static str,
    /// The smallest ratio that is good enough.
    target: f64,
    key: SigningKey,
    ours: Vec<f64>,
    theirs: Vec<f64>,
}

fn main() -> anyhow::Result<()> {
    let new = |name, openssl, target, key| Contest {
        name,
        openssl,
        target,
        key,
        ours: Vec::new(),
        theirs: Vec::new(),
    };
    let mut contests = [
        new(
            "ECDSA P-256",
            "ecdsap256",
            1.0,
            test_key("ecp256_private_pkcs8")?,
        ),
        new(
            "RSA-2048",
            "rsa2048",
            0.9,
            test_key("rsa2048_private_pkcs8")?,
        ),
    ];
    for round in 1..=ROUNDS {
        eprintln!("round {round} of {ROUNDS}");
        for contest in &mut contests {
            contest.ours.push(urls_per_second(&contest.key)?);
            contest.theirs.push(openssl_speed(contest.openssl)?);
        }
    }

    println!("key          URLs/s  openssl/s  ratio (lowest–highest)  target");
    let mut is_good = true;
    for contest in &contests {
        let pairs = contest.ours.iter().zip(&contest.theirs);
        let mut ratios: Vec<f64> = pairs.map(|(ours, theirs)| ours / theirs).collect();
        let ratio = median(&mut ratios)?;
        println!(
            "{:<11} {:>7.0}  {:>9.0}  {ratio:>5.2} ({:.2}–{:.2})      ≥ {:.1}",
            contest.name,
            median(&mut contest.ours.clone())?,
            median(&mut contest.theirs.clone())?,
            ratios.first().context("no round")?,
            ratios.last().context("no round")?,
            contest.target,
        );
        is_good &= ratio >= contest.target;
    }
    ensure!(is_good, "signing is slower than its target");
    Ok(())
}

/// Signs different URLs from text to text, and returns how many a CPU second makes.
fn urls_per_second(key: &SigningKey) -> anyhow::Result<f64> {
    let mut made = 0_u64;
    let mut bytes = 0;
    let start = cpu_time()?;
    loop {
        for _ in 0..BATCH {
            let object = format!("https://videos.example.com/v/8f3a9c51d2e7/{made}/lesson.mp4");
            let object = ResourceUrl::parse(&object)?;
            bytes += key.sign_canned(&object, 1_800_000_000)?.len();
            made += 1;
        }
        let spent = cpu_time()? - start;
        if spent >= NANOSECONDS {
            ensure!(bytes > 0, "nothing was signed");
            return Ok(made as f64 * 1e9 / spent as f64);
        }
    }
}

/// Returns the CPU time of this program's only thread, user and system, in nanoseconds.
fn cpu_time() -> anyhow::Result<u64> {
    let text = fs::read_to_string("/proc/self/schedstat").context("the bench needs Linux")?;
    Ok(text
        .split_whitespace()
        .next()
        .context("schedstat is empty")?
        .parse()?)
}

/// Returns the signatures per second of user time that `openssl speed` reports.
fn openssl_speed(algorithm: &str) -> anyhow::Result<f64> {
    let output = Command::new("openssl")
        .args(["speed", "-seconds", "1", "-mr", algorithm])
        .output()
        .context("openssl is needed")?;
    // "+F2:2:2048:1993.000000:37434.000000": kind of test, index, bits, and how many signatures
    // are made and verified a second.
    for line in String::from_utf8(output.stdout)?.lines() {
        let fields: Vec<&str> = line.split(':').collect();
        if let ["+F2" | "+F4", _, _, sign, _] = fields.as_slice() {
            return Ok(sign.parse()?);
        }
    }
    bail!("openssl speed {algorithm} printed no result")
}

fn median(numbers: &mut [f64]) -> anyhow::Result<f64> {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().context("no round")
}

/// Reads one of the throw-away keys of `testdata/vectors`.
fn test_key(name: &str) -> anyhow::Result<SigningKey> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/vectors/keys.json");
    let keys: serde_json::Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    let base64 = keys
        .get(name)
        .and_then(|key| key.as_str())
        .context("no such key")?;
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n");
    Ok(SigningKey::from_pem("K1".parse()?, &pem)?)
}
