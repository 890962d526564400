// Tests the snippets: the tokens of both languages by an independent check, and the server as a browser meets it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { mint } from "./mint.mjs";
import { shop } from "./server.mjs";

const secret = "stoa_hs_0123456789abcdefghijABCDEFGHIJ0123456789-_X";
const stoa = { address: "https://courses.example.com", store: "my-shop", secret };
const here = (name) => new URL(name, import.meta.url).pathname;

function verified(token) {
  const question = { token, secret, store: stoa.store, audience: stoa.address };
  return JSON.parse(execFileSync(process.execPath, [here("../testing/verify-token.mjs"), JSON.stringify(question)], { encoding: "utf8" }));
}

async function withShop(customer, play) {
  const server = shop(stoa, async () => customer).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await play((path, init) => fetch(`http://127.0.0.1:${server.address().port}${path}`, { redirect: "manual", ...init }));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const ada = { id: 7, email: "ada@example.com", emailVerified: true };

test("the token of Node is right", () => {
  const claims = verified(mint(stoa, ada));
  assert.deepEqual([claims.sub, claims.email, claims.email_verified], ["7", "ada@example.com", true]);
  assert.equal("email" in verified(mint(stoa, { id: 7 })), false);
  assert.equal(verified(mint(stoa, { id: 7, email: "ada@example.com" })).email_verified, false);
});

test("the token of Python is right", () => {
  const call = "import mint, sys; print(mint.mint(*sys.argv[1:], email_verified=True))";
  const token = execFileSync("python3", ["-B", "-c", call, stoa.address, stoa.store, secret, "7", "ada@example.com"], {
    cwd: here("."),
    encoding: "utf8",
  }).trim();
  const claims = verified(token);
  assert.deepEqual([claims.sub, claims.email, claims.email_verified], ["7", "ada@example.com", true]);
});

test("the customer gets a fresh token each time, which nobody keeps", () =>
  withShop(ada, async (get) => {
    const answers = [await get("/stoa/token"), await get("/stoa/token")];
    assert.equal(answers[0].headers.get("cache-control"), "no-store, private");
    const [first, second] = await Promise.all(answers.map(async (answer) => verified((await answer.json()).token)));
    assert.equal(first.sub, "7");
    assert.notEqual(first.jti, second.jti);
  }));

test("somebody who is not signed in gets 401, and from the button the page again", () =>
  withShop(null, async (get) => {
    assert.equal((await get("/stoa/token")).status, 401);
    const answer = await get("/stoa/open", { method: "POST" });
    assert.deepEqual([answer.status, answer.headers.get("location")], [303, "/my-courses"]);
  }));

test("the button leads to a page that posts a fresh token to Stoa", () =>
  withShop(ada, async (get) => {
    const html = await (await get("/stoa/open", { method: "POST" })).text();
    assert.match(html, /<form method="post" action="https:\/\/courses\.example\.com\/sign-in\/store">/);
    assert.equal(verified(/name="token" value="([^"]+)"/.exec(html)[1]).sub, "7");
    assert.ok(!html.includes(secret));
  }));

test("the page holds the embed with the form inside", () =>
  withShop(ada, async (get) => {
    const html = await (await get("/my-courses")).text();
    assert.match(html, /<stoa-library stoa="https:[^"]+" store="my-shop" token-url="\/stoa\/token">\s*<form method="post" action="\/stoa\/open">/);
  }));

test("an address that is none is answered, and the server goes on", async () => {
  await withShop(null, async (ask) => {
    assert.equal((await ask("//")).status, 404);
    assert.equal((await ask("/stoa/token")).status, 401);
  });
});
