-- What the sender calls the kind of event.
ALTER TABLE deliveries ADD COLUMN topic TEXT;
-- Newest first, all of them or a store's; ids grow with time.
CREATE INDEX deliveries_by_store ON deliveries (store_id, id);
CREATE INDEX deliveries_by_state ON deliveries (state, id);

-- Tries that failed; the one that succeeded is the delivery's own.
CREATE TABLE delivery_failures (
  delivery_id TEXT NOT NULL REFERENCES deliveries (id),
  attempt INTEGER NOT NULL,
  failed_at INTEGER NOT NULL,
  error TEXT NOT NULL,
  PRIMARY KEY (delivery_id, attempt)
) STRICT;

-- The orders that a delivery spoke of.
CREATE TABLE delivery_orders (
  store_id TEXT NOT NULL REFERENCES stores (id),
  order_external_id TEXT NOT NULL,
  delivery_id TEXT NOT NULL REFERENCES deliveries (id),
  PRIMARY KEY (store_id, order_external_id, delivery_id)
) STRICT;
CREATE INDEX delivery_orders_by_delivery ON delivery_orders (delivery_id);

-- Jobs that ask a store wait for it, so they have a lane of their own and hold nobody else up.
ALTER TABLE jobs ADD COLUMN lane TEXT NOT NULL DEFAULT 'here';
-- The delivery that caused the job.
ALTER TABLE jobs ADD COLUMN delivery_id TEXT REFERENCES deliveries (id);
CREATE INDEX jobs_by_delivery ON jobs (delivery_id, id) WHERE delivery_id IS NOT NULL;
DROP INDEX jobs_due;
CREATE INDEX jobs_due ON jobs (lane, run_at, id) WHERE state IN ('queued', 'working');

-- What reads the store's API, and the key of its hand-off tokens, both encrypted.
ALTER TABLE stores ADD COLUMN api BLOB;
ALTER TABLE stores ADD COLUMN hand_off BLOB;

-- How far a store is read by its API, and how it stands with its webhooks.
CREATE TABLE store_syncs (
  store_id TEXT PRIMARY KEY NOT NULL REFERENCES stores (id),
  -- Changes before this moment are known.
  watermark INTEGER,
  next_sync_at INTEGER NOT NULL,
  next_deep_sync_at INTEGER NOT NULL,
  next_webhook_check_at INTEGER NOT NULL,
  synced_at INTEGER,
  sync_error TEXT,
  webhooks TEXT,
  webhooks_checked_at INTEGER,
  webhooks_restored_at INTEGER
) STRICT;

-- Hand-off tokens that were used, until they would be too old anyway.
CREATE TABLE used_hand_offs (
  store_id TEXT NOT NULL REFERENCES stores (id),
  token_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (store_id, token_id)
) STRICT;
CREATE INDEX used_hand_offs_by_expiry ON used_hand_offs (expires_at);

-- New items whose SKU fits a rule stand for its product at once; a pattern may end in *.
CREATE TABLE sku_rules (
  id TEXT PRIMARY KEY NOT NULL,
  store_id TEXT REFERENCES stores (id),
  pattern TEXT NOT NULL,
  product_id TEXT NOT NULL REFERENCES products (id),
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX sku_rules_of_store ON sku_rules (store_id, pattern) WHERE store_id IS NOT NULL;
CREATE UNIQUE INDEX sku_rules_of_all_stores ON sku_rules (pattern) WHERE store_id IS NULL;
