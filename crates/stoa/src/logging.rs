//! Log lines, to the error output.

use tracing_subscriber::EnvFilter;

use crate::config::Configuration;

/// Starts writing log lines. The configuration has checked the filter.
pub(crate) fn start(config: &Configuration) {
    let filter = EnvFilter::try_new(&config.log_filter).unwrap_or_default();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = if config.log_json {
        lines.json().try_init()
    } else {
        lines.try_init()
    };
    // It fails only when a subscriber is there already, which then writes the lines.
    drop(started);
}
