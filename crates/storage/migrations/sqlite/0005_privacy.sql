-- Who was erased, as keyed hashes of her addresses and of the stores' names for her: what is older than that does not make her anew.
CREATE TABLE erasures (
  mark TEXT PRIMARY KEY NOT NULL,
  erased_at INTEGER NOT NULL
) STRICT;
-- A customer who was erased is an id and nothing else.
ALTER TABLE customers ADD COLUMN erased_at INTEGER;
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
  requested_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  done_at INTEGER
) STRICT;
CREATE INDEX privacy_requests_open ON privacy_requests (id) WHERE done_at IS NULL;
CREATE INDEX privacy_requests_by_customer ON privacy_requests (customer_id) WHERE customer_id IS NOT NULL;

-- Whether somebody asks in a browser in which she has signed in before: strangers cannot use up the mails that she gets there.
ALTER TABLE sign_ins ADD COLUMN is_known INTEGER NOT NULL DEFAULT 0;
