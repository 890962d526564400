//! The configuration: defaults, then `stoa.toml`, then `STOA_…` environment (`STOA_WEB__LISTEN`), then flags. Every problem
//! is found in one pass and named with its key and where it was written.

mod mail;
mod reading;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use domain::network::{Network, NetworkError};
use domain::origin::Origin;
use domain::playing::PlayingLimits;
use domain::retention::Retention;
use domain::session::SessionLimits;
use figment::Figment;
use figment::providers::{Env, Format, Toml};

use crate::cli::Common;
pub(crate) use mail::MailSettings;
use reading::Reading;

/// Proxies on the same machine: nobody else can come from there.
const TRUSTED_PROXIES: [&str; 2] = ["127.0.0.0/8", "::1/128"];

/// What a process does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    /// Pages, API and webhooks.
    Web,
    /// Deliveries and jobs.
    Worker,
    /// The local CDN.
    Edge,
}

impl Role {
    /// Finds the role of that name.
    pub(crate) fn from_name(name: &str) -> Result<Self, String> {
        match name {
            "web" => Ok(Self::Web),
            "worker" => Ok(Self::Worker),
            "edge" => Ok(Self::Edge),
            _ => Err(format!("{name:?} is none of web, worker, edge")),
        }
    }
}

/// A complete, checked configuration.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Configuration {
    /// Folder for the database, the keys and the objects.
    pub(crate) data: PathBuf,
    /// Address of the database.
    pub(crate) database: String,
    /// What this process does.
    pub(crate) roles: Vec<Role>,
    /// Where the pages listen.
    pub(crate) web_listen: SocketAddr,
    /// Where browsers find the pages: scheme, host and port.
    pub(crate) web_public_url: String,
    /// The machines in front of us that are believed when they say where a request comes from.
    pub(crate) web_trusted_proxies: Vec<Network>,
    /// Where the local CDN listens.
    pub(crate) edge_listen: SocketAddr,
    /// Whether the local CDN accepts SHA-1 signatures of other signers.
    pub(crate) edge_accepts_sha1: bool,
    /// Origins of shops' pages whose scripts may read the media, beside those that the stores have: a process that is the
    /// local CDN alone does not know these.
    pub(crate) edge_origins: Vec<String>,
    /// Where browsers find the media: scheme, host and port of the CDN.
    pub(crate) media_public_url: String,
    /// The CDN's id of the key that signs.
    pub(crate) media_key_id: String,
    /// The key that signs; made at the first start when it is in the data folder.
    pub(crate) media_private_key_file: PathBuf,
    /// The public half, which is all that the local CDN sees.
    pub(crate) media_public_key_file: PathBuf,
    /// The key that seals the stores' secrets; made at the first start when it is in the data folder.
    pub(crate) sealing_key_file: PathBuf,
    /// The shop's name.
    pub(crate) shop_name: String,
    /// Where the shop is.
    pub(crate) shop_url: Option<String>,
    /// How mail goes out.
    pub(crate) mail: MailSettings,
    /// How long sessions last.
    pub(crate) sessions: SessionLimits,
    /// On how many devices a customer may play.
    pub(crate) playing: PlayingLimits,
    /// How long what nobody needs any more is kept.
    pub(crate) retention: Retention,
    /// Which log lines are written, such as `info` or `warn,app=debug`.
    pub(crate) log_filter: String,
    /// Whether log lines are JSON.
    pub(crate) log_json: bool,
}

/// One thing that is wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Problem {
    /// The key, such as `web.listen`.
    pub(crate) key: String,
    /// Where it was written.
    pub(crate) source: String,
    /// What is wrong with it.
    pub(crate) message: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            key,
            source,
            message,
        } = self;
        write!(f, "{key} ({source}): {message}")
    }
}

/// Everything that is wrong with a configuration.
#[derive(Debug)]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

impl std::error::Error for Problems {}

impl std::fmt::Display for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines: Vec<String> = self.0.iter().map(Problem::to_string).collect();
        write!(
            f,
            "the configuration has {} problem(s)\n{}",
            lines.len(),
            lines.join("\n")
        )
    }
}

impl Configuration {
    /// Loads the configuration for the command line given.
    ///
    /// # Errors
    /// All problems at once.
    pub(crate) fn load(common: &Common) -> Result<Self, Problems> {
        let file = common
            .config
            .clone()
            .unwrap_or_else(|| PathBuf::from("stoa.toml"));
        if common.config.is_some() && !file.is_file() {
            let message = "there is no such file".to_owned();
            let source = file.display().to_string();
            return Err(Problems(vec![Problem {
                key: "--config".to_owned(),
                source,
                message,
            }]));
        }
        let mut figment = Figment::new();
        if file.is_file() {
            figment = figment.merge(Toml::file_exact(&file));
        }
        let environment = Env::prefixed("STOA_").ignore(&["test_postgres", "bin"]);
        figment = figment.merge(environment.split("__"));
        for (key, value) in flags(common) {
            figment = figment.merge((key, value));
        }
        Self::read(&figment)
    }

    fn read(figment: &Figment) -> Result<Self, Problems> {
        let mut reading = Reading::new(figment);
        let r = &mut reading;
        let data = r.path("data", Path::new("stoa-data"));
        let database = format!("sqlite://{}", data.join("stoa.db").display());
        let keys = data.join("keys");
        let sessions = SessionLimits::default();
        let playing = PlayingLimits::default();
        let retention = Retention::default();
        let configuration = Self {
            database: r.parsed("database", database, database_address),
            roles: r.list("roles", &["web", "worker", "edge"], Role::from_name),
            web_listen: r.parsed("web.listen", ([127, 0, 0, 1], 8080), address),
            web_public_url: r.parsed("web.public_url", "http://127.0.0.1:8080", origin),
            web_trusted_proxies: r.list("web.trusted_proxies", &TRUSTED_PROXIES, network),
            edge_listen: r.parsed("edge.listen", ([127, 0, 0, 1], 8081), address),
            edge_accepts_sha1: r.parsed("edge.accept_sha1", false, yes_or_no),
            edge_origins: r.list("edge.allowed_origins", &[], shop_origin),
            media_public_url: r.parsed("media.public_url", "http://127.0.0.1:8081", origin),
            media_key_id: r.parsed("media.key_id", "KSTOALOCAL", key_id),
            media_private_key_file: r
                .path("media.private_key_file", &keys.join("media-private.pem")),
            media_public_key_file: r.path("media.public_key_file", &keys.join("media-public.pem")),
            sealing_key_file: r.path("sealing_key_file", &keys.join("sealing.key")),
            shop_name: r.parsed("shop.name", "My Courses", |text| Ok(text.to_owned())),
            shop_url: r.optional("shop.url", web_address),
            mail: MailSettings::read(r),
            sessions: SessionLimits {
                idle_days: r.parsed("sessions.idle_days", sessions.idle_days, days),
                absolute_days: r.parsed("sessions.absolute_days", sessions.absolute_days, days),
            },
            playing: PlayingLimits {
                streams: r.parsed("playback.streams", playing.streams, most),
                devices: r.parsed("playback.devices", playing.devices, most),
            },
            retention: Retention {
                deliveries_days: r.parsed(
                    "retention.deliveries_days",
                    retention.deliveries_days,
                    kept_days,
                ),
                mails_days: r.parsed("retention.mails_days", retention.mails_days, kept_days),
            },
            log_filter: r.parsed("log.filter", "info", filter),
            log_json: r.parsed("log.format", false, log_format),
            data,
        };
        let problems = reading.finish();
        if problems.is_empty() {
            Ok(configuration)
        } else {
            Err(Problems(problems))
        }
    }

    /// Returns the configuration of the demo: all in one process, on loopback only.
    pub(crate) fn for_demo(common: &Common, port: u16, shop: &str) -> Result<Self, Problems> {
        let data = common
            .data
            .clone()
            .unwrap_or_else(|| PathBuf::from("stoa-demo"));
        let media_port = port.saturating_add(1);
        let mut figment = Figment::new()
            .merge(("data", data.display().to_string()))
            .merge(("web.listen", format!("127.0.0.1:{port}")))
            .merge(("web.public_url", format!("http://127.0.0.1:{port}")))
            .merge(("edge.listen", format!("127.0.0.1:{media_port}")))
            .merge(("media.public_url", format!("http://127.0.0.1:{media_port}")))
            .merge(("shop.name", shop))
            .merge(("shop.url", format!("http://127.0.0.1:{port}/shop")))
            .merge(("log.filter", "warn"));
        if let Some(database) = &common.database {
            figment = figment.merge(("database", database));
        }
        Self::read(&figment)
    }

    /// Tells whether this process plays the role.
    pub(crate) fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

fn flags(common: &Common) -> Vec<(&'static str, String)> {
    let data = common
        .data
        .as_ref()
        .map(|data| ("data", data.display().to_string()));
    let database = common
        .database
        .clone()
        .map(|database| ("database", database));
    [data, database].into_iter().flatten().collect()
}

fn database_address(text: &str) -> Result<String, String> {
    let is_known = ["sqlite://", "postgres://", "postgresql://"]
        .iter()
        .any(|start| text.starts_with(start));
    if is_known {
        Ok(text.to_owned())
    } else {
        Err("must be sqlite://PATH or postgres://…".to_owned())
    }
}

fn network(text: &str) -> Result<Network, String> {
    text.parse()
        .map_err(|error: NetworkError| format!("{text:?} {error}"))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "must be an address and port, such as 127.0.0.1:8080".to_owned())
}

/// Accepts scheme, host and port as browsers write an origin.
fn origin(text: &str) -> Result<String, String> {
    let probe = cloudfront::ResourceUrl::parse(&format!("{text}/probe"));
    let path = text
        .split_once("://")
        .map(|(_, rest)| rest.contains(['/', '?', '#']));
    match (probe, path) {
        (Ok(_), Some(false)) => Ok(text.to_owned()),
        _ => Err("must be scheme, host and port in lower case without a path, such as https://courses.example.com".to_owned()),
    }
}

fn shop_origin(text: &str) -> Result<String, String> {
    let origin: Result<Origin, _> = text.parse();
    origin
        .map(|origin| origin.to_string())
        .map_err(|error| error.to_string())
}

fn web_address(text: &str) -> Result<String, String> {
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    if is_web {
        Ok(text.to_owned())
    } else {
        Err("must begin with https:// or http://".to_owned())
    }
}

fn key_id(text: &str) -> Result<String, String> {
    cloudfront::KeyPairId::parse(text)
        .map(|id| id.to_string())
        .map_err(|error| error.to_string())
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "must be true or false".to_owned())
}

/// Accepts as many days as a session may last: browsers keep no cookie longer than 400.
fn days(text: &str) -> Result<u32, String> {
    let days = text.parse().ok().filter(|days| (1..=400).contains(days));
    days.ok_or_else(|| "must be a number of days from 1 to 400".to_owned())
}

/// Accepts how many there may be; 0 is as many as one likes.
fn most(text: &str) -> Result<u32, String> {
    let most = text.parse().ok().filter(|most| *most <= 1_000);
    most.ok_or_else(|| "must be a number from 0 (no limit) to 1000".to_owned())
}

/// Accepts as many days as something may be kept: at least what a shop needs to look into what went wrong.
fn kept_days(text: &str) -> Result<u32, String> {
    let days = text.parse().ok().filter(|days| (7..=3_650).contains(days));
    days.ok_or_else(|| "must be a number of days from 7 to 3650".to_owned())
}

fn filter(text: &str) -> Result<String, String> {
    let parsed = tracing_subscriber::EnvFilter::try_new(text);
    parsed
        .map(|_| text.to_owned())
        .map_err(|_| "must be like info or warn,app=debug".to_owned())
}

fn log_format(text: &str) -> Result<bool, String> {
    match text {
        "text" => Ok(false),
        "json" => Ok(true),
        _ => Err("must be text or json".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Result<Configuration, Vec<(String, String)>> {
        let figment = Figment::new().merge(Toml::string(toml));
        let problems =
            |problems: Problems| problems.0.into_iter().map(|p| (p.key, p.message)).collect();
        Configuration::read(&figment).map_err(problems)
    }

    #[test]
    fn nothing_needs_to_be_configured() {
        let configuration = read("").unwrap();
        assert_eq!(configuration.database, "sqlite://stoa-data/stoa.db");
        assert_eq!(configuration.sessions, SessionLimits::default());
        assert_eq!(configuration.playing, PlayingLimits::default());
        assert!(
            configuration.has(Role::Web)
                && configuration.has(Role::Worker)
                && configuration.has(Role::Edge)
        );
    }

    #[test]
    fn every_problem_is_found_in_one_pass() {
        let problems = read(
            "database = 'mysql://x'
             roles = ['web', 'cook']
             colour = 'red'
             [web]
             listen = 'here'
             public_url = 'https://courses.example.com/path'
             lisen = '127.0.0.1:1'
             trusted_proxies = ['10.0.0.0/8', 'proxy.example.com']
             [edge]
             accept_sha1 = 7
             [sessions]
             idle_days = 0
             absolute_days = 401
             [playback]
             streams = -1
             devices = 'few'
             [retention]
             deliveries_days = 6
             mails_days = 'for ever'",
        )
        .unwrap_err();
        let keys: Vec<_> = problems.iter().map(|(key, _)| key.as_str()).collect();
        let expected = [
            "database",
            "roles",
            "web.listen",
            "web.public_url",
            "web.trusted_proxies",
            "edge.accept_sha1",
            "sessions.idle_days",
            "sessions.absolute_days",
            "playback.streams",
            "playback.devices",
            "retention.deliveries_days",
            "retention.mails_days",
            "colour",
            "web.lisen",
        ];
        assert_eq!(keys, expected, "{problems:?}");
    }

    #[test]
    fn proxies_of_the_same_machine_are_trusted_unless_others_are_named() {
        let proxies = |toml| {
            let networks = read(toml).unwrap().web_trusted_proxies;
            networks.iter().map(Network::to_string).collect::<Vec<_>>()
        };
        assert_eq!(proxies(""), TRUSTED_PROXIES);
        let toml = "web.trusted_proxies = ['10.0.0.0/8', '2001:db8::7']";
        assert_eq!(proxies(toml), ["10.0.0.0/8", "2001:db8::7/128"]);
        assert!(proxies("web.trusted_proxies = []").is_empty());
    }

    #[test]
    fn the_data_folder_moves_everything_that_is_in_it() {
        let configuration = read("data = '/srv/stoa'").unwrap();
        assert_eq!(configuration.database, "sqlite:///srv/stoa/stoa.db");
        assert_eq!(
            configuration.sealing_key_file,
            Path::new("/srv/stoa/keys/sealing.key")
        );
    }

    #[test]
    fn the_demo_listens_on_loopback_only() {
        let configuration = Configuration::for_demo(&Common::default(), 9000, "Demo").unwrap();
        assert!(configuration.web_listen.ip().is_loopback());
        assert!(configuration.edge_listen.ip().is_loopback());
        assert_eq!(configuration.media_public_url, "http://127.0.0.1:9001");
    }
}
