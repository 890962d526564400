SET session_replication_role = replica;
SET plan_cache_mode = force_generic_plan;
INSERT INTO stores (id, name, kind, policy, secrets, created_at, updated_at)
SELECT 'sto_' || n, 'store-' || n, 'custom', '{}', '', 0, 0 FROM generate_series(1, 3) n;
INSERT INTO products (id, title, is_video_course, created_at, updated_at)
SELECT 'prd_' || n, 'Product', TRUE, 0, 0 FROM generate_series(1, 200) n;
INSERT INTO courses (id, product_id, title, description, slug, published_at, revision, created_at, updated_at)
SELECT 'crs_' || n, 'prd_' || n, 'Course', '', 'course-' || n, 0, 1, 0, 0 FROM generate_series(1, 200) n;
INSERT INTO store_items (id, store_id, external_product, external_variant, sku, title, product_id, created_at)
SELECT 'itm_' || n, 'sto_' || (1 + n % 3), '', '', 'SKU-' || n, 'Item', 'prd_' || n, 0 FROM generate_series(1, 200) n;
INSERT INTO customers (id, email, created_at)
SELECT 'cus_' || to_char(n, 'FM00000'), n || '@example.com', 0 FROM generate_series(1, 10000) n;
INSERT INTO identities (store_id, external_id, customer_id, created_at)
SELECT 'sto_' || (1 + n % 3), n, 'cus_' || to_char(n, 'FM00000'), 0 FROM generate_series(1, 10000) n;
INSERT INTO orders (
  id, store_id, external_id, customer_id, version_at, finality, payload_hash, status, is_test, paid_at, email,
  external_customer, currency, captured_minor, created_at, updated_at
)
SELECT 'ord_' || to_char(n, 'FM000000'), 'sto_' || (1 + n % 3), n, 'cus_' || to_char(1 + n % 10000, 'FM00000'), n, 6, '', 'paid', FALSE, n,
  (1 + n % 10000) || '@example.com', (1 + n % 10000), 'EUR', 100, n, n
FROM generate_series(1, 100000) n;
INSERT INTO order_lines (
  order_id, external_id, "order", external_product, external_variant, sku, title, quantity, returned_quantity, item_id
)
SELECT 'ord_' || to_char(n, 'FM000000'), '1', 0, '', '', 'SKU-' || (1 + n % 200), 'Line', 1, 0, 'itm_' || (1 + n % 200)
FROM generate_series(1, 100000) n;
INSERT INTO order_facts (
  store_id, order_external_id, kind, external_id, version_at, finality, payload_hash, state
)
SELECT 'sto_' || (1 + n % 3), n, 'refund', n, n, 1, '', '{}' FROM generate_series(1, 20000) n;
CREATE TEMPORARY TABLE dropped AS
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename = 'customer_access' AND indexname NOT IN (SELECT conname FROM pg_constraint);
DO $$ BEGIN EXECUTE (SELECT string_agg('DROP INDEX ' || indexname, ';') FROM dropped); END $$;
INSERT INTO customer_access (
  id, customer_id, course_id, granted_at, source, store_id, order_id, line_id, created_at
)
SELECT 'acc_' || to_char(n, 'FM0000000'), 'cus_' || to_char(1 + n / 100, 'FM00000'), 'crs_' || (1 + n % 100), n,
  'order_confirmation', 'sto_1', 'ord_' || to_char(1 + n / 10, 'FM000000'), '1', n
FROM generate_series(0, 999999) n;
DO $$ BEGIN EXECUTE (SELECT string_agg(indexdef, ';') FROM dropped); END $$;
INSERT INTO access_blocks (id, customer_id, course_id, blocked_by, created_at)
SELECT 'blk_' || n, 'cus_' || to_char(n, 'FM00000'), 'crs_1', 'tok_1', n FROM generate_series(1, 10000) n;
INSERT INTO access_extensions (
  id, order_id, product_id, course_id, extended_until, extended_by, created_at
)
SELECT 'ext_' || n, 'ord_' || to_char(n, 'FM000000'), 'prd_1', 'crs_1', n, 'tok_1', n FROM generate_series(1, 20000) n;
INSERT INTO access_gaps (order_id, line_id, cause, content_id, customer_id, since)
SELECT 'ord_' || to_char(n, 'FM000000'), '1', 'unmapped_item', '', 'cus_' || to_char(1 + n % 10000, 'FM00000'), n FROM generate_series(1, 20000) n;
INSERT INTO deliveries (
  id, store_id, fingerprint, headers, body, received_at, state, attempts, run_at, finished_at
)
SELECT 'dlv_' || n, 'sto_1', decode(lpad(n::text, 8, '0'), 'hex'), '{}', '', n,
  CASE WHEN n % 1000 = 0 THEN 'dead' ELSE 'done' END, 1, n, n
FROM generate_series(1, 100000) n;
INSERT INTO delivery_orders (store_id, order_external_id, delivery_id)
SELECT 'sto_1', n::text, 'dlv_' || n FROM generate_series(1, 50000) n;
INSERT INTO delivery_failures (delivery_id, attempt, failed_at, error)
SELECT 'dlv_' || n, 1, n, 'no' FROM generate_series(1, 20000) n;
INSERT INTO jobs (id, kind, subject, state, attempts, run_at, created_at, finished_at)
SELECT 'job_' || n, 'reconcile_order', 'sto_1/' || n, CASE WHEN n % 1000 = 0 THEN 'dead' ELSE 'done' END, 1, n, n, n
FROM generate_series(1, 20000) n;
INSERT INTO mails (id, kind, occasion, customer_id, order_id, grants, state, created_at, queued_at, sent_at)
SELECT 'mal_' || n, 'access_granted', 'access_granted/' || n, 'cus_' || to_char(1 + n % 10000, 'FM00000'),
  'ord_' || to_char(n, 'FM000000'), 'acc_' || n, CASE WHEN n % 1000 = 0 THEN 'failed' ELSE 'sent' END, n, n, n
FROM generate_series(1, 50000) n;
INSERT INTO video_progress (customer_id, video_id, position_ms, position_at)
SELECT 'cus_' || to_char(1 + n % 10000, 'FM00000'), 'vid_' || (n / 10000), 0, n FROM generate_series(1, 100000) n;
INSERT INTO devices (id, token_hash, label, created_at)
SELECT 'dev_' || n, decode(lpad(n::text, 8, '0'), 'hex'), 'Firefox on Linux', n FROM generate_series(1, 20000) n;
INSERT INTO sessions (id, token_hash, customer_id, kind, device_id, created_at, seen_at, idle_at, expires_at)
SELECT 'ses_' || n, decode(lpad(n::text, 8, '0'), 'hex'), 'cus_' || to_char(1 + n % 10000, 'FM00000'), 'page', 'dev_' || n, n, n, n, n
FROM generate_series(1, 20000) n;
INSERT INTO playing_devices (customer_id, device_id, first_played_at, last_played_at, streams_until)
SELECT 'cus_' || to_char(1 + n % 10000, 'FM00000'), 'dev_' || n, n, n, n FROM generate_series(1, 20000) n;
INSERT INTO session_proofs (session_id, customer_id, proven_at)
SELECT 'ses_' || n, 'cus_' || to_char(1 + n % 10000, 'FM00000'), n FROM generate_series(1, 5000) n;
INSERT INTO sign_ins (id, kind, email, browser_hash, tries, created_at, expires_at, mailed_at)
SELECT 'sgn_' || to_char(n, 'FM00000'), 'address', 'c' || to_char(1 + n % 10000, 'FM00000') || '@example.com',
  decode(lpad(n::text, 8, '0'), 'hex'), 0, n, n, n
FROM generate_series(1, 20000) n;
INSERT INTO rate_limits (key, free_at)
SELECT decode(lpad(n::text, 8, '0'), 'hex'), n FROM generate_series(1, 20000) n;
INSERT INTO known_browsers (mark, known_at)
SELECT decode(lpad(n::text, 8, '0'), 'hex'), n FROM generate_series(1, 20000) n;
INSERT INTO audit_log (seq, at, actor, action, subject, customer_id, order_id, previous_hash, hash)
SELECT n, n, 'sto_1', 'grant.created', 'acc_' || n, 'cus_' || to_char(1 + n % 10000, 'FM00000'), 'ord_' || to_char(n, 'FM000000'), '', ''
FROM generate_series(1, 100000) n;
INSERT INTO privacy_requests (id, store_id, kind, customer_id, delivery_id, requested_at, due_at, done_at)
SELECT 'prv_' || to_char(n, 'FM00000'), 'sto_1', 'export', 'cus_' || to_char(1 + n % 10000, 'FM00000'), 'dlv_' || n, n, n,
  CASE WHEN n % 1000 = 0 THEN NULL ELSE n END
FROM generate_series(1, 20000) n;
INSERT INTO erasures (mark, erased_at) SELECT 'mark' || n, n FROM generate_series(1, 20000) n;
ANALYZE;
