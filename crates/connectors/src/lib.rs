//! Store connectors: verify a webhook, parse it into order facts.
