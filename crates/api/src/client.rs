//! The network address that a request comes from: of the other end, or what the proxies in front of us say when they are
//! trusted.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use domain::network::client_address;

use crate::state::ApiState;

/// The header in which each proxy adds whom it was asked by.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Where a request comes from; `None` only where the router is served on no socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client(pub(crate) Option<IpAddr>);

impl Client {
    /// Finds where a request comes from.
    pub(crate) fn of(parts: &Parts, state: &ApiState) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let address = peer.map(|ConnectInfo(peer)| {
            // Several headers are one list; a header that is no text says nothing, and nothing left of it is believed.
            let lines = parts.headers.get_all(FORWARDED_FOR).into_iter();
            let said: Vec<&str> = lines
                .flat_map(|line| line.to_str().unwrap_or_default().split(','))
                .collect();
            client_address(peer.ip(), said.into_iter(), &state.trusted_proxies)
        });
        Self(address)
    }

    /// Writes it as the audit log keeps it.
    pub(crate) fn origin(self) -> Option<String> {
        self.0.map(|address| address.to_string())
    }
}

impl FromRequestParts<ApiState> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Infallible> {
        Ok(Self::of(parts, state))
    }
}
