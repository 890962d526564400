//! Sends requests over connections that stay open.

use anyhow::ensure;

/// Fetches a page once.
pub(crate) async fn fetch(url: &str, cookie: &str) -> anyhow::Result<Vec<u8>> {
    get(&reqwest::Client::new(), url, cookie).await
}

/// Sends `requests` over `connections`; an answer other than 200 ends the run.
pub(crate) async fn run(
    url: &str,
    cookie: &str,
    connections: usize,
    requests: usize,
) -> anyhow::Result<()> {
    let tasks = (0..connections).map(|_| {
        let (url, cookie) = (url.to_owned(), cookie.to_owned());
        tokio::spawn(async move {
            let client = reqwest::Client::builder()
                .pool_max_idle_per_host(1)
                .build()?;
            for _ in 0..requests / connections {
                get(&client, &url, &cookie).await?;
            }
            anyhow::Ok(())
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await??;
    }
    Ok(())
}

async fn get(client: &reqwest::Client, url: &str, cookie: &str) -> anyhow::Result<Vec<u8>> {
    let answer = client.get(url).header("cookie", cookie).send().await?;
    ensure!(
        answer.status() == 200,
        "{} answered {}",
        "the server",
        answer.status()
    );
    Ok(answer.bytes().await?.to_vec())
}

/// Returns a count as a number to divide.
pub(crate) fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}
