//! Connections: taken in, bounded in time, and let go once the process was told to stop.

use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::Service;

/// How long a connection may be silent, or take for the head of a request: a little longer than the 60 seconds for which
/// proxies keep connections open, so that it is they who close them.
const HEAD_LIMIT: Duration = Duration::from_secs(75);

/// Serves until told to stop, then lets the requests under way end. How long a body and an answer may take is the router's.
pub(super) async fn listen(
    mut listener: TcpListener,
    router: Router,
    stopping: watch::Receiver<bool>,
) {
    let connections = GracefulShutdown::new();
    let mut stopped = pin!(is_stopped(stopping));
    loop {
        let (stream, peer) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = &mut stopped => break,
        };
        let router = router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_LIMIT)
            .serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::trace!(%error, "a connection broke off");
            }
        });
    }
    drop(listener);
    connections.shutdown().await;
}

/// Waits until the process was told to stop.
pub(super) async fn is_stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that the sender is gone, and with it the process.
    let _ = stopping.wait_for(|stopped| *stopped).await;
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::task::JoinHandle;

    use super::*;

    struct Running {
        address: SocketAddr,
        stop: watch::Sender<bool>,
        task: JoinHandle<()>,
    }

    async fn run() -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let whose = async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string();
        let router = Router::new().route("/", get(whose));
        let (stop, stopping) = watch::channel(false);
        let task = tokio::spawn(listen(listener, router, stopping));
        Running {
            address,
            stop,
            task,
        }
    }

    async fn read_all(connection: &mut TcpStream) -> String {
        let mut text = String::new();
        connection.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn a_request_is_answered_and_knows_where_it_came_from() {
        let running = run().await;
        let mut connection = TcpStream::connect(running.address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        connection.write_all(request).await.unwrap();
        let answer = read_all(&mut connection).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        let peer = connection.local_addr().unwrap().to_string();
        assert!(answer.ends_with(&format!("\r\n\r\n{peer}")), "{answer}");
    }

    #[tokio::test]
    async fn whoever_never_ends_the_head_of_a_request_is_cut_off() {
        let running = run().await;
        for begun in [
            "",
            "GET / HTTP/1.1\r\nx: ",
            "GET / HTTP/1.1\r\nhost: x\r\n\r\n",
        ] {
            let mut connection = TcpStream::connect(running.address).await.unwrap();
            connection.write_all(begun.as_bytes()).await.unwrap();
            // From here on time passes as soon as nothing else happens.
            tokio::time::pause();
            let began = tokio::time::Instant::now();
            read_all(&mut connection).await;
            assert!(began.elapsed() >= HEAD_LIMIT, "{begun:?}");
            tokio::time::resume();
        }
    }

    #[tokio::test]
    async fn told_to_stop_it_takes_in_nobody_and_ends() {
        let running = run().await;
        let mut idle = TcpStream::connect(running.address).await.unwrap();
        idle.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        let mut first = [0; 12];
        idle.read_exact(&mut first).await.unwrap();
        running.stop.send_replace(true);
        running.task.await.unwrap();
        read_all(&mut idle).await;
        assert!(TcpStream::connect(running.address).await.is_err());
    }
}
