// Tests that the app's files fit together. Whether Shopify takes them is said by `shopify app deploy`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const app = read("shopify.app.toml").replace(/^\s*#.*$/gm, "");
const block = read("extensions/stoa-courses/blocks/my-courses.liquid");
const lists = (name) => [...app.matchAll(new RegExp(`^\\s*${name} = \\[([^\\]]*)\\]`, "gm"))].map(([, list]) => list.match(/[a-z_]+\/[a-z_]+/g));

test("every topic that Stoa reads is asked for once", () => {
  assert.deepEqual(lists("topics"), [
    ["orders/create", "orders/paid", "orders/updated", "orders/cancelled", "orders/edited", "orders/delete", "refunds/create",
      "disputes/create", "disputes/update", "app/uninstalled"],
  ]);
  assert.deepEqual(lists("compliance_topics"), [["customers/data_request", "customers/redact", "shop/redact"]]);
});

test("every address is the one Stoa answers at, so that replacing two words is enough", () => {
  const addresses = [...app.matchAll(/"(https?:[^"]+)"/g)].map(([, address]) => address);
  const stoa = "https://courses.example.com";
  const known = [stoa, `${stoa}/webhooks/my-shop`, `${stoa}/shopify/my-shop/proxy`];
  assert.deepEqual(addresses.filter((address) => !known.includes(address)), []);
  assert.deepEqual([...new Set(addresses)].sort(), known.sort());
});

test("the rights cover the topics and the app proxy, and only read", () => {
  const scopes = /^scopes = "([^"]+)"/m.exec(app)[1].split(",");
  assert.deepEqual(scopes, ["read_orders", "read_products", "read_customers", "read_shopify_payments_disputes", "write_app_proxy"]);
});

test("the block links to the address that the app proxy serves", () => {
  const value = (name) => new RegExp(`^${name} = "([^"]+)"`, "m").exec(app)[1];
  assert.ok(block.includes(`assign address = '/${value("prefix")}/${value("subpath")}'`));
});

test("every text of the block and of its settings is translated", () => {
  const find = (texts, key) => key.split(".").reduce((inner, name) => inner?.[name], texts);
  const schema = /{% schema %}([\s\S]*){% endschema %}/.exec(block)[1];
  JSON.parse(schema);
  const used = { "en.default.schema.json": schema.matchAll(/"t:([a-z_.]+)"/g), "en.default.json": block.matchAll(/'([a-z_.]+)' \| t\b/g) };
  for (const [file, keys] of Object.entries(used)) {
    const texts = JSON.parse(read(`extensions/stoa-courses/locales/${file}`));
    const names = [...keys].map(([, key]) => key);
    assert.ok(names.length > 0);
    for (const name of names) assert.equal(typeof find(texts, name), "string", name);
  }
});
