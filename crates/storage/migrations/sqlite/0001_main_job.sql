CREATE TABLE products (
  id TEXT PRIMARY KEY NOT NULL,
  title TEXT NOT NULL,
  is_video_course INTEGER NOT NULL,
  access_days INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE bundle_items (
  bundle_id TEXT NOT NULL REFERENCES products (id),
  product_id TEXT NOT NULL REFERENCES products (id),
  PRIMARY KEY (bundle_id, product_id)
) STRICT;
CREATE INDEX bundle_items_by_product ON bundle_items (product_id);

CREATE TABLE courses (
  id TEXT PRIMARY KEY NOT NULL,
  product_id TEXT NOT NULL REFERENCES products (id),
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  slug TEXT NOT NULL UNIQUE,
  cover_key TEXT,
  published_at INTEGER,
  revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX courses_by_product ON courses (product_id);

CREATE TABLE course_modules (
  id TEXT PRIMARY KEY NOT NULL,
  course_id TEXT NOT NULL REFERENCES courses (id),
  title TEXT NOT NULL,
  "order" INTEGER NOT NULL
) STRICT;
CREATE INDEX course_modules_by_course ON course_modules (course_id, "order");

CREATE TABLE course_videos (
  id TEXT PRIMARY KEY NOT NULL,
  module_id TEXT NOT NULL REFERENCES course_modules (id),
  title TEXT NOT NULL,
  s3_key TEXT NOT NULL UNIQUE,
  "order" INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  checksum BLOB NOT NULL,
  state TEXT NOT NULL,
  renditions TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX course_videos_by_module ON course_videos (module_id, "order");

CREATE TABLE files (
  id TEXT PRIMARY KEY NOT NULL,
  product_id TEXT NOT NULL REFERENCES products (id),
  title TEXT NOT NULL,
  s3_key TEXT NOT NULL UNIQUE,
  "order" INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  checksum BLOB NOT NULL,
  published_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX files_by_product ON files (product_id, "order");

CREATE TABLE customers (
  id TEXT PRIMARY KEY NOT NULL,
  email TEXT UNIQUE,
  proven_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE stores (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  policy TEXT NOT NULL,
  secrets BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE identities (
  store_id TEXT NOT NULL REFERENCES stores (id),
  external_id TEXT NOT NULL,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (store_id, external_id)
) STRICT;
CREATE INDEX identities_by_customer ON identities (customer_id);

-- What a store sells; '' stands for what the store does not name.
CREATE TABLE store_items (
  id TEXT PRIMARY KEY NOT NULL,
  store_id TEXT NOT NULL REFERENCES stores (id),
  external_product TEXT NOT NULL,
  external_variant TEXT NOT NULL,
  sku TEXT NOT NULL,
  title TEXT NOT NULL,
  product_id TEXT REFERENCES products (id),
  created_at INTEGER NOT NULL,
  UNIQUE (store_id, external_product, external_variant, sku)
) STRICT;
CREATE INDEX store_items_by_product ON store_items (product_id);

-- When an item was first mapped to a product: access that runs for days runs from then.
CREATE TABLE store_item_mappings (
  item_id TEXT NOT NULL REFERENCES store_items (id),
  product_id TEXT NOT NULL REFERENCES products (id),
  first_mapped_at INTEGER NOT NULL,
  PRIMARY KEY (item_id, product_id)
) STRICT;

CREATE TABLE orders (
  id TEXT PRIMARY KEY NOT NULL,
  store_id TEXT NOT NULL REFERENCES stores (id),
  external_id TEXT NOT NULL,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  version_at INTEGER NOT NULL,
  finality INTEGER NOT NULL,
  payload_hash BLOB NOT NULL,
  status TEXT NOT NULL,
  is_test INTEGER NOT NULL,
  paid_at INTEGER,
  email TEXT,
  external_customer TEXT,
  currency TEXT NOT NULL,
  captured_minor INTEGER NOT NULL,
  complete_refunds TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (store_id, external_id)
) STRICT;
CREATE INDEX orders_by_customer ON orders (customer_id);

CREATE TABLE order_lines (
  order_id TEXT NOT NULL REFERENCES orders (id),
  external_id TEXT NOT NULL,
  "order" INTEGER NOT NULL,
  external_product TEXT NOT NULL,
  external_variant TEXT NOT NULL,
  sku TEXT NOT NULL,
  title TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  returned_quantity INTEGER NOT NULL,
  period_end INTEGER,
  PRIMARY KEY (order_id, external_id)
) STRICT;

-- Refunds and disputes by their own ids; they may be known before their order.
CREATE TABLE order_facts (
  store_id TEXT NOT NULL REFERENCES stores (id),
  order_external_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  external_id TEXT NOT NULL,
  version_at INTEGER NOT NULL,
  finality INTEGER NOT NULL,
  payload_hash BLOB NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (store_id, order_external_id, kind, external_id)
) STRICT;

CREATE TABLE customer_access (
  id TEXT PRIMARY KEY NOT NULL,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  course_id TEXT REFERENCES courses (id),
  file_id TEXT REFERENCES files (id),
  granted_at INTEGER NOT NULL,
  source TEXT NOT NULL,
  store_id TEXT REFERENCES stores (id),
  order_id TEXT REFERENCES orders (id),
  line_id TEXT,
  expires_at INTEGER,
  extended_until INTEGER,
  revoked_at INTEGER,
  revoke_reason TEXT,
  revoked_by TEXT,
  restored_at INTEGER,
  granted_by TEXT,
  note TEXT,
  created_at INTEGER NOT NULL,
  CHECK ((course_id IS NULL) <> (file_id IS NULL)),
  CHECK ((source = 'order_confirmation') = (order_id IS NOT NULL)),
  CHECK ((order_id IS NULL) = (line_id IS NULL) AND (order_id IS NULL) = (store_id IS NULL)),
  CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL)),
  -- An order belongs to one store, so these are one grant per store, order, line, content and customer.
  UNIQUE (order_id, line_id, course_id, customer_id),
  UNIQUE (order_id, line_id, file_id, customer_id)
) STRICT;
CREATE INDEX customer_access_by_course ON customer_access (customer_id, course_id);
CREATE INDEX customer_access_by_file ON customer_access (customer_id, file_id);

CREATE TABLE access_blocks (
  id TEXT PRIMARY KEY NOT NULL,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  course_id TEXT REFERENCES courses (id),
  file_id TEXT REFERENCES files (id),
  blocked_by TEXT NOT NULL,
  reason TEXT,
  created_at INTEGER NOT NULL,
  lifted_at INTEGER,
  lifted_by TEXT,
  CHECK ((course_id IS NULL) <> (file_id IS NULL))
) STRICT;
CREATE INDEX access_blocks_by_customer ON access_blocks (customer_id) WHERE lifted_at IS NULL;

-- The inbox: every authentic webhook as it came. The row is the job.
CREATE TABLE deliveries (
  id TEXT PRIMARY KEY NOT NULL,
  store_id TEXT NOT NULL REFERENCES stores (id),
  fingerprint BLOB NOT NULL,
  event_id TEXT,
  headers TEXT NOT NULL,
  body BLOB NOT NULL,
  received_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  run_at INTEGER NOT NULL,
  error TEXT,
  finished_at INTEGER
) STRICT;
-- The same bytes collapse only onto a row that nobody has begun to work on.
CREATE UNIQUE INDEX deliveries_waiting ON deliveries (store_id, fingerprint) WHERE state = 'queued' AND attempts = 0;
CREATE INDEX deliveries_due ON deliveries (run_at, id) WHERE state IN ('queued', 'working');

CREATE TABLE jobs (
  id TEXT PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  run_at INTEGER NOT NULL,
  error TEXT,
  created_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
CREATE UNIQUE INDEX jobs_waiting ON jobs (kind, subject) WHERE state = 'queued' AND attempts = 0;
CREATE INDEX jobs_due ON jobs (run_at, id) WHERE state IN ('queued', 'working');

CREATE TABLE video_progress (
  customer_id TEXT NOT NULL REFERENCES customers (id),
  video_id TEXT NOT NULL REFERENCES course_videos (id),
  position_ms INTEGER NOT NULL,
  position_at INTEGER NOT NULL,
  completed_at INTEGER,
  PRIMARY KEY (customer_id, video_id)
) STRICT;

CREATE TABLE sessions (
  token_hash BLOB PRIMARY KEY NOT NULL,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_customer ON sessions (customer_id);

CREATE TABLE sign_in_codes (
  token_hash BLOB PRIMARY KEY NOT NULL,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;

CREATE TABLE api_tokens (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  token_hash BLOB NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT;
