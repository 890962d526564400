//! A server under measurement, in a process of its own, so that its CPU time and memory are its alone.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// A running server; it is killed when dropped.
pub(crate) struct Server {
    /// Where it answers.
    pub(crate) url: String,
    /// How long it took from the start to the first answer.
    pub(crate) first_answer: Duration,
    child: Child,
}

impl Server {
    /// Starts `stoa serve` from the release folder on a data folder.
    #[allow(dead_code, reason = "not every program that shares this file uses it")]
    pub(crate) async fn stoa(data: &Path) -> anyhow::Result<Self> {
        Self::with(data, &[]).await
    }

    /// Does the same with more settings in the environment.
    pub(crate) async fn with(data: &Path, settings: &[(&str, String)]) -> anyhow::Result<Self> {
        let port = free_port()?;
        let url = format!("http://127.0.0.1:{port}");
        let mut command = Command::new(beside_us("stoa")?);
        command
            .args(["serve", "--data"])
            .arg(data)
            .env("STOA_WEB__LISTEN", format!("127.0.0.1:{port}"))
            .env("STOA_WEB__PUBLIC_URL", &url)
            .env("STOA_EDGE__LISTEN", format!("127.0.0.1:{}", free_port()?))
            .env("STOA_LOG__FILTER", "error")
            .envs(settings.iter().map(|(name, value)| (name, value)));
        let begun = Instant::now();
        let child = command
            .spawn()
            .context("build it first: cargo build --release -p stoa")?;
        let mut server = Self {
            url,
            first_answer: Duration::ZERO,
            child,
        };
        server.wait_until_it_answers(begun).await?;
        Ok(server)
    }

    /// Starts this very program as the bare handler.
    #[allow(dead_code, reason = "not every program that shares this file uses it")]
    pub(crate) fn floor(file: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command
            .arg("floor")
            .arg(file)
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().context("no output")?;
        let mut url = String::new();
        BufReader::new(out).read_line(&mut url)?;
        Ok(Self {
            url: url.trim().to_owned(),
            first_answer: Duration::ZERO,
            child,
        })
    }

    async fn wait_until_it_answers(&mut self, begun: Instant) -> anyhow::Result<()> {
        let client = reqwest::Client::new();
        let url = format!("{}/healthz", self.url);
        while begun.elapsed() < Duration::from_secs(10) {
            if client
                .get(&url)
                .send()
                .await
                .is_ok_and(|answer| answer.status() == 200)
            {
                self.first_answer = begun.elapsed();
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended: {status}");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        bail!("the server does not answer");
    }

    /// Returns the CPU time used so far, user and system, in seconds: fields 14 and 15 of `/proc/PID/stat`, in ticks of
    /// 10 ms.
    #[allow(dead_code, reason = "not every program that shares this file uses it")]
    pub(crate) fn cpu_seconds(&self) -> anyhow::Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The second field is the program's name in parentheses; what follows has no spaces inside.
        let (_, fields) = text.rsplit_once(')').context("no program name")?;
        let ticks = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(str::parse::<f64>);
        Ok(ticks.sum::<Result<f64, _>>()? / 100.0)
    }

    /// Returns the memory that is the server's own share, in megabytes (PSS).
    #[allow(dead_code, reason = "not every program that shares this file uses it")]
    pub(crate) fn memory_megabytes(&self) -> anyhow::Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))?;
        let line = text
            .lines()
            .find(|line| line.starts_with("Pss:"))
            .context("no Pss")?;
        let kilobytes = line.split_whitespace().nth(1).context("no number")?;
        Ok(kilobytes.parse::<f64>()? / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn beside_us(name: &str) -> anyhow::Result<PathBuf> {
    let us = std::env::current_exe()?;
    Ok(us.parent().context("no folder")?.join(name))
}

fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port())
}
