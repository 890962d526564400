// Tests the snippets as Next.js runs them: handlers take a Request and give a Response, the page is rendered to HTML.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { renderToStaticMarkup } from "react-dom/server";

const built = createRequire(new URL("node_modules/.built/", import.meta.url));
const token = built("./app/stoa/token/route.js");
const open = built("./app/stoa/open/route.js");
const page = built("./app/my-courses/page.js");
const { mintHandOffToken, stoaFromEnvironment } = built("./lib/stoa.js");

const secret = "stoa_hs_0123456789abcdefghijABCDEFGHIJ0123456789-_X";

function verified(token) {
  const question = { token, secret, store: "my-shop", audience: "https://courses.example.com" };
  const check = new URL("../testing/verify-token.mjs", import.meta.url).pathname;
  return JSON.parse(execFileSync(process.execPath, [check, JSON.stringify(question)], { encoding: "utf8" }));
}

// The shop's own "who am I": it knows one session.
const shop = createServer((request, response) => {
  const known = request.headers.cookie === "session=ada";
  response.writeHead(known ? 200 : 401, { "Content-Type": "application/json" });
  response.end(JSON.stringify(known ? { id: 7, email: "ada@example.com" } : { message: "no" }));
});

before(async () => {
  await once(shop.listen(0, "127.0.0.1"), "listening");
  process.env.SHOP_CUSTOMER_URL = `http://127.0.0.1:${shop.address().port}/me`;
  process.env.STOA_ADDRESS = "https://courses.example.com";
  process.env.STOA_STORE = "my-shop";
  process.env.STOA_HANDOFF_SECRET = secret;
});
after(() => {
  shop.closeAllConnections();
  shop.close();
});

const from = (cookie) => new Request("https://shop.example.com/", { headers: cookie ? { cookie } : {} });

test("the signed-in customer gets a fresh token each time, which nobody keeps", async () => {
  const answers = [await token.GET(from("session=ada")), await token.GET(from("session=ada"))];
  assert.equal(answers[0].headers.get("cache-control"), "no-store, private");
  const [first, second] = await Promise.all(answers.map(async (answer) => verified((await answer.json()).token)));
  assert.deepEqual([first.sub, first.email, first.email_verified], ["7", "ada@example.com", false]);
  assert.notEqual(first.jti, second.jti);
});

test("somebody who is not signed in gets 401, and from the button the page again", async () => {
  assert.equal((await token.GET(from(null))).status, 401);
  assert.equal((await token.GET(from("session=eve"))).status, 401);
  const answer = await open.POST(from(null));
  assert.deepEqual([answer.status, answer.headers.get("location")], [303, "/my-courses"]);
});

test("the button leads to a page that posts a fresh token to Stoa", async () => {
  const html = await (await open.POST(from("session=ada"))).text();
  assert.match(html, /<form method="post" action="https:\/\/courses\.example\.com\/sign-in\/store">/);
  assert.equal(verified(/name="token" value="([^"]+)"/.exec(html)[1]).sub, "7");
  assert.ok(!html.includes(secret));
});

test("the page holds the embed with the form inside, and no secret", () => {
  const html = renderToStaticMarkup(page.default());
  assert.match(html, /<script type="module" async="" src="https:\/\/courses\.example\.com\/embed\/v1\.js">/);
  assert.match(html, /<stoa-library stoa="https:\/\/courses\.example\.com" store="my-shop" token-url="\/stoa\/token"><form action="\/stoa\/open" method="post">/);
  assert.ok(!html.includes(secret));
});

test("an address is verified only when the shop says so, and no address is no claim", () => {
  const claims = (customer) => verified(mintHandOffToken(stoaFromEnvironment(), customer));
  assert.equal(claims({ id: "7", email: "ada@example.com", emailVerified: true }).email_verified, true);
  assert.equal(claims({ id: "7", email: "ada@example.com" }).email_verified, false);
  assert.equal("email" in claims({ id: "7" }), false);
});

test("a missing setting is named", () => {
  delete process.env.STOA_HANDOFF_SECRET;
  assert.throws(stoaFromEnvironment, /STOA_HANDOFF_SECRET is not set/);
  process.env.STOA_HANDOFF_SECRET = secret;
});
