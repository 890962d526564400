-- A browser or an app in which somebody has signed in. It keeps a token of its own; here is only the hash.
CREATE TABLE devices (
  id TEXT PRIMARY KEY NOT NULL,
  token_hash BYTEA NOT NULL UNIQUE,
  -- What it calls itself in a few words, such as "Firefox on Linux".
  label TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

-- Sessions have an id that their customer sees, two ends, and the device that holds them. Those of before end.
DROP TABLE session_proofs;
DROP TABLE sessions;
CREATE TABLE sessions (
  id TEXT PRIMARY KEY NOT NULL,
  token_hash BYTEA NOT NULL UNIQUE,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  -- 'page': a cookie of our own pages; 'embed': a token in a page of the shop.
  kind TEXT NOT NULL,
  -- Of an embed: the store that vouched, and the only origin that may use the token.
  store_id TEXT REFERENCES stores (id),
  origin TEXT,
  device_id TEXT NOT NULL REFERENCES devices (id),
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  -- It ends when nothing is heard of it until then, and at the latest when it expires.
  idle_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_customer ON sessions (customer_id, id);
CREATE INDEX sessions_by_device ON sessions (device_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE TABLE session_proofs (
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  store_id TEXT REFERENCES stores (id),
  external_id TEXT,
  proven_at BIGINT NOT NULL,
  CHECK ((store_id IS NULL) = (external_id IS NULL)),
  UNIQUE (session_id, store_id, external_id)
);
CREATE UNIQUE INDEX session_proofs_of_addresses ON session_proofs (session_id, customer_id) WHERE store_id IS NULL;
CREATE INDEX session_proofs_by_customer ON session_proofs (customer_id);

-- The language in which she was last here.
ALTER TABLE customers ADD COLUMN language TEXT;

-- Wishes to sign in. Code and link are not kept: they follow from the id and the sealing key.
DROP TABLE sign_in_codes;
CREATE TABLE sign_ins (
  id TEXT PRIMARY KEY NOT NULL,
  -- 'address': she typed her address; 'link': made for her by hand.
  kind TEXT NOT NULL,
  -- The address that it proves.
  email TEXT NOT NULL,
  language TEXT,
  -- The browser that asked; NULL: whoever holds the link.
  browser_hash BYTEA,
  tries BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  -- When its mail went out; without one nobody can know its code.
  mailed_at BIGINT,
  -- When it was used, or another took its place.
  used_at BIGINT
);
CREATE INDEX sign_ins_by_browser ON sign_ins (browser_hash, id) WHERE browser_hash IS NOT NULL;
CREATE INDEX sign_ins_by_email ON sign_ins (email, mailed_at);
CREATE INDEX sign_ins_by_expiry ON sign_ins (expires_at);

-- Who runs the shop.
CREATE TABLE admins (
  id TEXT PRIMARY KEY NOT NULL,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  -- Argon2id, as a PHC string; NULL until she has set one.
  password_hash TEXT,
  -- The secret of her authenticator app, encrypted; NULL until she has confirmed one.
  totp BYTEA,
  -- The last time step whose code was used: a code works once.
  totp_step BIGINT,
  created_at BIGINT NOT NULL,
  disabled_at BIGINT
);

-- One-time links by which an administrator sets her password and her authenticator app.
CREATE TABLE admin_links (
  token_hash BYTEA PRIMARY KEY NOT NULL,
  admin_id TEXT NOT NULL REFERENCES admins (id),
  -- The secret that the app is being set up with, encrypted.
  totp BYTEA,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX admin_links_by_admin ON admin_links (admin_id);

CREATE TABLE admin_recovery_codes (
  admin_id TEXT NOT NULL REFERENCES admins (id),
  code_hash BYTEA NOT NULL,
  used_at BIGINT,
  PRIMARY KEY (admin_id, code_hash)
);

CREATE TABLE admin_sessions (
  id TEXT PRIMARY KEY NOT NULL,
  token_hash BYTEA NOT NULL UNIQUE,
  admin_id TEXT NOT NULL REFERENCES admins (id),
  -- What the browser calls itself in a few words.
  label TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  -- When she last showed password and code.
  proven_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  idle_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX admin_sessions_by_admin ON admin_sessions (admin_id, id);
CREATE INDEX admin_sessions_by_expiry ON admin_sessions (expires_at);

-- What a token may do, as names with a space between; those of before may do all.
ALTER TABLE api_tokens ADD COLUMN scopes TEXT NOT NULL DEFAULT 'all';
ALTER TABLE api_tokens ADD COLUMN last_used_at BIGINT;

-- Mails: ids of what they tell. They are written when they are sent, so no text, address or link is kept.
CREATE TABLE mails (
  id TEXT PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL,
  -- One mail for one occasion.
  occasion TEXT NOT NULL UNIQUE,
  customer_id TEXT REFERENCES customers (id),
  order_id TEXT REFERENCES orders (id),
  admin_id TEXT REFERENCES admins (id),
  -- The grants that it tells of, with a space between.
  grants TEXT NOT NULL,
  -- 'queued', 'waiting' for a mail server, 'sent', 'failed', or 'needless': there was nothing to tell any more.
  state TEXT NOT NULL,
  error TEXT,
  created_at BIGINT NOT NULL,
  -- When it was queued last: somebody may have it sent again.
  queued_at BIGINT NOT NULL,
  sent_at BIGINT
);
CREATE INDEX mails_by_customer ON mails (customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX mails_by_order ON mails (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX mails_by_admin ON mails (admin_id) WHERE admin_id IS NOT NULL;
CREATE INDEX mails_by_state ON mails (state, id);

-- Its presence led SQLite to read every waiting delivery at each claim.
DROP INDEX deliveries_by_state;
CREATE INDEX delivery_orders_by_order ON delivery_orders (order_external_id, delivery_id);
-- A round of a store does not begin before the one before has ended.
CREATE INDEX jobs_under_way ON jobs (kind, subject) WHERE state IN ('queued', 'working');

-- How much of something is used up: the moment at which all of it is free again (the generic cell rate algorithm).
-- The key is a keyed hash of what is limited and of whom it counts.
CREATE TABLE rate_limits (
  key BYTEA PRIMARY KEY NOT NULL,
  free_at BIGINT NOT NULL
);
CREATE INDEX rate_limits_by_time ON rate_limits (free_at);

-- In which browser who has signed in, as a keyed hash of both: strangers cannot use up what she may try there.
CREATE TABLE known_browsers (
  mark BYTEA PRIMARY KEY NOT NULL,
  known_at BIGINT NOT NULL
);
CREATE INDEX known_browsers_by_time ON known_browsers (known_at);

-- Who was erased, as keyed hashes of her addresses and of the stores' names for her: what is older than that does not make her anew.
CREATE TABLE erasures (
  mark TEXT PRIMARY KEY NOT NULL,
  erased_at BIGINT NOT NULL
);
-- A customer who was erased is an id and nothing else.
ALTER TABLE customers ADD COLUMN erased_at BIGINT;
-- Why a delivery's body and headers are no longer kept: 'expired' or 'erased'.
ALTER TABLE deliveries ADD COLUMN body_gone TEXT;
CREATE INDEX deliveries_with_body ON deliveries (id) WHERE body_gone IS NULL;

-- What a store asks about its customers' data.
CREATE TABLE privacy_requests (
  id TEXT PRIMARY KEY NOT NULL,
  store_id TEXT NOT NULL REFERENCES stores (id),
  -- 'export', 'erase' or 'erase_store'.
  kind TEXT NOT NULL,
  -- Whom it is about, when she is known here.
  customer_id TEXT REFERENCES customers (id),
  delivery_id TEXT NOT NULL UNIQUE REFERENCES deliveries (id),
  requested_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  done_at BIGINT
);
CREATE INDEX privacy_requests_open ON privacy_requests (id) WHERE done_at IS NULL;
CREATE INDEX privacy_requests_by_customer ON privacy_requests (customer_id) WHERE customer_id IS NOT NULL;
