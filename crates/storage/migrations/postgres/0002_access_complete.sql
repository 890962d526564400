ALTER TABLE products ADD COLUMN deleted_at BIGINT;
ALTER TABLE courses ADD COLUMN deleted_at BIGINT;
ALTER TABLE course_modules ADD COLUMN deleted_at BIGINT;
ALTER TABLE course_videos ADD COLUMN deleted_at BIGINT;
ALTER TABLE files ADD COLUMN deleted_at BIGINT;
-- Who has watched a video, to say whom it touches when the video is deleted.
CREATE INDEX video_progress_by_video ON video_progress (video_id);

-- Two customers that one session has proven to be one person: the later one leads to the one that is kept.
ALTER TABLE customers ADD COLUMN merged_into TEXT REFERENCES customers (id);
CREATE INDEX customers_merged ON customers (merged_into) WHERE merged_into IS NOT NULL;

-- What a session has proven besides its customer's address: a store's own id of its customer, or another address.
CREATE TABLE session_proofs (
  token_hash BYTEA NOT NULL REFERENCES sessions (token_hash) ON DELETE CASCADE,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  store_id TEXT REFERENCES stores (id),
  external_id TEXT,
  proven_at BIGINT NOT NULL,
  CHECK ((store_id IS NULL) = (external_id IS NULL)),
  UNIQUE (token_hash, store_id, external_id)
);
CREATE UNIQUE INDEX session_proofs_of_addresses ON session_proofs (token_hash, customer_id) WHERE store_id IS NULL;
CREATE INDEX session_proofs_by_customer ON session_proofs (customer_id);
CREATE INDEX orders_by_external_customer ON orders (store_id, external_customer) WHERE external_customer IS NOT NULL;

-- An item that grants nothing and never will, such as a T-shirt.
ALTER TABLE store_items ADD COLUMN ignored_at BIGINT;

-- The item that a line names, so that the lines of an item are found without reading every order.
ALTER TABLE order_lines ADD COLUMN item_id TEXT REFERENCES store_items (id);
UPDATE order_lines SET item_id = (
  SELECT i.id
  FROM orders o
  JOIN store_items i ON i.store_id = o.store_id
  WHERE o.id = order_lines.order_id
    AND i.external_product = order_lines.external_product
    AND i.external_variant = order_lines.external_variant
    AND i.sku = order_lines.sku
);
CREATE INDEX order_lines_by_item ON order_lines (item_id, order_id);
CREATE INDEX orders_by_store ON orders (store_id, id);

CREATE INDEX customer_access_of_course ON customer_access (course_id, customer_id) WHERE course_id IS NOT NULL;
CREATE INDEX customer_access_of_file ON customer_access (file_id, customer_id) WHERE file_id IS NOT NULL;
-- The newest grants of a content first, page by page.
CREATE INDEX customer_access_of_course_by_age ON customer_access (course_id, id) WHERE course_id IS NOT NULL;
CREATE INDEX customer_access_of_file_by_age ON customer_access (file_id, id) WHERE file_id IS NOT NULL;

-- Customers who have never signed in.
CREATE INDEX customers_unproven ON customers (id) WHERE proven_at IS NULL AND merged_into IS NULL;

-- An administrator's extensions: of a manual grant, or of what an order grants by a product (whatever its lines are called).
CREATE TABLE access_extensions (
  id TEXT PRIMARY KEY NOT NULL,
  grant_id TEXT REFERENCES customer_access (id),
  order_id TEXT REFERENCES orders (id),
  product_id TEXT REFERENCES products (id),
  course_id TEXT REFERENCES courses (id),
  file_id TEXT REFERENCES files (id),
  extended_until BIGINT NOT NULL,
  extended_by TEXT NOT NULL,
  note TEXT,
  created_at BIGINT NOT NULL,
  CHECK ((grant_id IS NULL) = (order_id IS NOT NULL)),
  CHECK ((order_id IS NULL) = (product_id IS NULL)),
  CHECK ((order_id IS NOT NULL) = ((course_id IS NULL) <> (file_id IS NULL)))
);
CREATE INDEX access_extensions_by_order ON access_extensions (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX access_extensions_by_grant ON access_extensions (grant_id) WHERE grant_id IS NOT NULL;

-- Lines that pay and open nothing, with the cause: what the shop has to mend. Kept by every reconciliation of the order.
CREATE TABLE access_gaps (
  order_id TEXT NOT NULL REFERENCES orders (id),
  line_id TEXT NOT NULL,
  cause TEXT NOT NULL,
  content_id TEXT NOT NULL,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  since BIGINT NOT NULL,
  ends_at BIGINT,
  PRIMARY KEY (order_id, line_id, cause, content_id)
);
CREATE INDEX access_gaps_by_cause ON access_gaps (cause, since, order_id);
CREATE INDEX access_gaps_by_customer ON access_gaps (customer_id);

CREATE INDEX access_blocks_of_customer ON access_blocks (customer_id, created_at);
CREATE INDEX sign_in_codes_by_customer ON sign_in_codes (customer_id);

-- How far a long job has come.
ALTER TABLE jobs ADD COLUMN cursor TEXT;
ALTER TABLE jobs ADD COLUMN done BIGINT NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN total BIGINT;
-- The attempt after which failures count: the last one that came further.
ALTER TABLE jobs ADD COLUMN failures_after BIGINT NOT NULL DEFAULT 0;
CREATE INDEX jobs_dead ON jobs (finished_at) WHERE state = 'dead';
CREATE INDEX deliveries_dead ON deliveries (received_at) WHERE state = 'dead';

-- Every change of access, content, store, key and administrator, each chained to the one before by its hash.
CREATE TABLE audit_log (
  seq BIGINT PRIMARY KEY NOT NULL,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  origin TEXT,
  delivery_id TEXT,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  customer_id TEXT,
  content_id TEXT,
  order_id TEXT,
  before TEXT,
  after TEXT,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE INDEX audit_log_by_subject ON audit_log (subject, seq);
CREATE INDEX audit_log_by_customer ON audit_log (customer_id, seq) WHERE customer_id IS NOT NULL;
CREATE INDEX audit_log_by_order ON audit_log (order_id, seq) WHERE order_id IS NOT NULL;
CREATE INDEX audit_log_by_actor ON audit_log (actor, seq);
CREATE INDEX audit_log_by_action ON audit_log (action, seq);

-- The end of the chain, sealed with its key. Whoever appends locks this row, so that the chain never forks.
CREATE TABLE audit_head (
  id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
  seq BIGINT NOT NULL,
  hash TEXT NOT NULL,
  seal TEXT NOT NULL
);
INSERT INTO audit_head (id, seq, hash, seal) VALUES (1, 0, '', '');

CREATE FUNCTION refuse_to_change_the_audit_log() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only';
END
$$;
CREATE TRIGGER audit_log_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_audit_log();

-- SQLite's table function of this name, so that one SQL text takes a list on either engine:
-- SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)), where $1 is a JSON array of objects. STRICT keeps it from being
-- inlined, so that the planner counts on few rows and looks each up by its index.
CREATE FUNCTION json_each(list TEXT) RETURNS TABLE (value JSONB) LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 10
AS 'SELECT jsonb_array_elements(CAST(list AS JSONB))';
