CREATE TABLE products (
  id TEXT PRIMARY KEY NOT NULL,
  title TEXT NOT NULL,
  is_video_course BOOLEAN NOT NULL,
  access_days BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE bundle_items (
  bundle_id TEXT NOT NULL REFERENCES products (id),
  product_id TEXT NOT NULL REFERENCES products (id),
  PRIMARY KEY (bundle_id, product_id)
);
CREATE INDEX bundle_items_by_product ON bundle_items (product_id);

CREATE TABLE courses (
  id TEXT PRIMARY KEY NOT NULL,
  product_id TEXT NOT NULL REFERENCES products (id),
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  slug TEXT NOT NULL UNIQUE,
  cover_key TEXT,
  published_at BIGINT,
  revision BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX courses_by_product ON courses (product_id);

CREATE TABLE course_modules (
  id TEXT PRIMARY KEY NOT NULL,
  course_id TEXT NOT NULL REFERENCES courses (id),
  title TEXT NOT NULL,
  "order" BIGINT NOT NULL
);
CREATE INDEX course_modules_by_course ON course_modules (course_id, "order");

CREATE TABLE course_videos (
  id TEXT PRIMARY KEY NOT NULL,
  module_id TEXT NOT NULL REFERENCES course_modules (id),
  title TEXT NOT NULL,
  s3_key TEXT NOT NULL UNIQUE,
  "order" BIGINT NOT NULL,
  duration_ms BIGINT NOT NULL,
  size_bytes BIGINT NOT NULL,
  checksum BYTEA NOT NULL,
  state TEXT NOT NULL,
  renditions TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX course_videos_by_module ON course_videos (module_id, "order");

CREATE TABLE files (
  id TEXT PRIMARY KEY NOT NULL,
  product_id TEXT NOT NULL REFERENCES products (id),
  title TEXT NOT NULL,
  s3_key TEXT NOT NULL UNIQUE,
  "order" BIGINT NOT NULL,
  media_type TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  checksum BYTEA NOT NULL,
  published_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX files_by_product ON files (product_id, "order");

CREATE TABLE customers (
  id TEXT PRIMARY KEY NOT NULL,
  email TEXT UNIQUE,
  proven_at BIGINT,
  created_at BIGINT NOT NULL
);

CREATE TABLE stores (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  policy TEXT NOT NULL,
  secrets BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE identities (
  store_id TEXT NOT NULL REFERENCES stores (id),
  external_id TEXT NOT NULL,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  created_at BIGINT NOT NULL,
  PRIMARY KEY (store_id, external_id)
);
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
  created_at BIGINT NOT NULL,
  UNIQUE (store_id, external_product, external_variant, sku)
);
CREATE INDEX store_items_by_product ON store_items (product_id);

-- When an item was first mapped to a product: access that runs for days runs from then.
CREATE TABLE store_item_mappings (
  item_id TEXT NOT NULL REFERENCES store_items (id),
  product_id TEXT NOT NULL REFERENCES products (id),
  first_mapped_at BIGINT NOT NULL,
  PRIMARY KEY (item_id, product_id)
);

CREATE TABLE orders (
  id TEXT PRIMARY KEY NOT NULL,
  store_id TEXT NOT NULL REFERENCES stores (id),
  external_id TEXT NOT NULL,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  version_at BIGINT NOT NULL,
  finality BIGINT NOT NULL,
  payload_hash BYTEA NOT NULL,
  status TEXT NOT NULL,
  is_test BOOLEAN NOT NULL,
  paid_at BIGINT,
  email TEXT,
  external_customer TEXT,
  currency TEXT NOT NULL,
  captured_minor BIGINT NOT NULL,
  complete_refunds TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (store_id, external_id)
);
CREATE INDEX orders_by_customer ON orders (customer_id);

CREATE TABLE order_lines (
  order_id TEXT NOT NULL REFERENCES orders (id),
  external_id TEXT NOT NULL,
  "order" BIGINT NOT NULL,
  external_product TEXT NOT NULL,
  external_variant TEXT NOT NULL,
  sku TEXT NOT NULL,
  title TEXT NOT NULL,
  quantity BIGINT NOT NULL,
  returned_quantity BIGINT NOT NULL,
  period_end BIGINT,
  PRIMARY KEY (order_id, external_id)
);

-- Refunds and disputes by their own ids; they may be known before their order.
CREATE TABLE order_facts (
  store_id TEXT NOT NULL REFERENCES stores (id),
  order_external_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  external_id TEXT NOT NULL,
  version_at BIGINT NOT NULL,
  finality BIGINT NOT NULL,
  payload_hash BYTEA NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (store_id, order_external_id, kind, external_id)
);

CREATE TABLE customer_access (
  id TEXT PRIMARY KEY NOT NULL,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  course_id TEXT REFERENCES courses (id),
  file_id TEXT REFERENCES files (id),
  granted_at BIGINT NOT NULL,
  source TEXT NOT NULL,
  store_id TEXT REFERENCES stores (id),
  order_id TEXT REFERENCES orders (id),
  line_id TEXT,
  expires_at BIGINT,
  extended_until BIGINT,
  revoked_at BIGINT,
  revoke_reason TEXT,
  revoked_by TEXT,
  restored_at BIGINT,
  granted_by TEXT,
  note TEXT,
  created_at BIGINT NOT NULL,
  CHECK ((course_id IS NULL) <> (file_id IS NULL)),
  CHECK ((source = 'order_confirmation') = (order_id IS NOT NULL)),
  CHECK ((order_id IS NULL) = (line_id IS NULL) AND (order_id IS NULL) = (store_id IS NULL)),
  CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL)),
  -- An order belongs to one store, so these are one grant per store, order, line, content and customer.
  UNIQUE (order_id, line_id, course_id, customer_id),
  UNIQUE (order_id, line_id, file_id, customer_id)
);
CREATE INDEX customer_access_by_course ON customer_access (customer_id, course_id);
CREATE INDEX customer_access_by_file ON customer_access (customer_id, file_id);

CREATE TABLE access_blocks (
  id TEXT PRIMARY KEY NOT NULL,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  course_id TEXT REFERENCES courses (id),
  file_id TEXT REFERENCES files (id),
  blocked_by TEXT NOT NULL,
  reason TEXT,
  created_at BIGINT NOT NULL,
  lifted_at BIGINT,
  lifted_by TEXT,
  CHECK ((course_id IS NULL) <> (file_id IS NULL))
);
CREATE INDEX access_blocks_by_customer ON access_blocks (customer_id) WHERE lifted_at IS NULL;

-- The inbox: every authentic webhook as it came. The row is the job.
CREATE TABLE deliveries (
  id TEXT PRIMARY KEY NOT NULL,
  store_id TEXT NOT NULL REFERENCES stores (id),
  fingerprint BYTEA NOT NULL,
  event_id TEXT,
  headers TEXT NOT NULL,
  body BYTEA NOT NULL,
  received_at BIGINT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  run_at BIGINT NOT NULL,
  error TEXT,
  finished_at BIGINT
);
-- The same bytes collapse only onto a row that nobody has begun to work on.
CREATE UNIQUE INDEX deliveries_waiting ON deliveries (store_id, fingerprint) WHERE state = 'queued' AND attempts = 0;
CREATE INDEX deliveries_due ON deliveries (run_at, id) WHERE state IN ('queued', 'working');

CREATE TABLE jobs (
  id TEXT PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  run_at BIGINT NOT NULL,
  error TEXT,
  created_at BIGINT NOT NULL,
  finished_at BIGINT
);
CREATE UNIQUE INDEX jobs_waiting ON jobs (kind, subject) WHERE state = 'queued' AND attempts = 0;
CREATE INDEX jobs_due ON jobs (run_at, id) WHERE state IN ('queued', 'working');

CREATE TABLE video_progress (
  customer_id TEXT NOT NULL REFERENCES customers (id),
  video_id TEXT NOT NULL REFERENCES course_videos (id),
  position_ms BIGINT NOT NULL,
  position_at BIGINT NOT NULL,
  completed_at BIGINT,
  PRIMARY KEY (customer_id, video_id)
);

CREATE TABLE sessions (
  token_hash BYTEA PRIMARY KEY NOT NULL,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_customer ON sessions (customer_id);

CREATE TABLE sign_in_codes (
  token_hash BYTEA PRIMARY KEY NOT NULL,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);

CREATE TABLE api_tokens (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  token_hash BYTEA NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT
);
