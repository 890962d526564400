//! Running the binary.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

/// A command on a data folder, away from any configuration file, with nothing of our environment but the path.
pub(crate) fn stoa(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stoa"));
    command
        .current_dir(data.parent().unwrap())
        .env_clear()
        .arg("--data")
        .arg(data);
    command
}

/// Runs a command to its end.
pub(crate) fn run(data: &Path, arguments: &[&str]) -> Output {
    stoa(data).args(arguments).output().unwrap()
}

/// What a command that must succeed printed.
pub(crate) fn printed(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A running server; it is killed when dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) media_url: String,
    child: Child,
    log: Option<JoinHandle<String>>,
}

impl Server {
    /// Starts `stoa serve` with these roles, and waits until it answers.
    pub(crate) async fn start(data: &Path, roles: &str) -> Self {
        Self::start_with(data, roles, &[("STOA_LOG__FILTER", "debug")]).await
    }

    /// Starts it with these settings besides. What it logs is read meanwhile, however much it is.
    pub(crate) async fn start_with(data: &Path, roles: &str, settings: &[(&str, &str)]) -> Self {
        let [url, media_url] = [free_address(), free_address()].map(|at| format!("http://{at}"));
        let mut child = stoa(data)
            .args(["serve", "--roles", roles])
            .env("STOA_WEB__LISTEN", url.trim_start_matches("http://"))
            .env("STOA_WEB__PUBLIC_URL", &url)
            .env("STOA_EDGE__LISTEN", media_url.trim_start_matches("http://"))
            .env("STOA_MEDIA__PUBLIC_URL", &media_url)
            .envs(settings.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut errors = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut log = String::new();
            errors.read_to_string(&mut log).unwrap();
            log
        });
        let mut server = Self {
            url,
            media_url,
            child,
            log: Some(log),
        };
        server.wait(roles).await;
        server
    }

    async fn wait(&mut self, roles: &str) {
        let url = if roles == "edge" {
            &self.media_url
        } else {
            &self.url
        };
        let client = reqwest::Client::new();
        while client.get(format!("{url}/healthz")).send().await.is_err() {
            assert!(self.child.try_wait().unwrap().is_none(), "the server ended");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Kills it as a power cut would: no farewell, no flush.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.log.take().unwrap().join().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}
