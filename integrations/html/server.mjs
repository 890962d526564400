// A whole small shop server with the page and the two addresses that it needs:
//   STOA_ADDRESS=https://courses.example.com STOA_STORE=my-shop STOA_HANDOFF_SECRET=stoa_hs_… node server.mjs
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { mint } from "./mint.mjs";

/** Makes the server. `customerOf(request)` says who is signed in, { id, email, emailVerified }, or null. */
export function shop(stoa, customerOf) {
  return createServer((request, response) => {
    answer(stoa, customerOf, request, response).catch(() => response.writeHead(500).end());
  });
}

async function answer(stoa, customerOf, request, response) {
  const customer = await customerOf(request);
  const [pathname] = request.url.split("?");
  response.setHeader("Cache-Control", "no-store, private");
  if (pathname === "/my-courses") {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(await readFile(new URL("index.html", import.meta.url)));
  } else if (pathname === "/stoa/token") {
    response.writeHead(customer ? 200 : 401, { "Content-Type": "application/json" });
    response.end(JSON.stringify(customer ? { token: mint(stoa, customer) } : { error: "signed_out" }));
  } else if (pathname === "/stoa/open" && request.method === "POST" && customer) {
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Referrer-Policy": "strict-origin" });
    response.end(openPage(stoa, mint(stoa, customer)));
  } else if (pathname === "/stoa/open") {
    response.writeHead(303, { Location: "/my-courses" }).end();
  } else {
    response.writeHead(404).end();
  }
}

/** Returns the page that posts a fresh token to Stoa: by itself with script, by its button without. */
function openPage(stoa, token) {
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>My Courses</title>
<form method="post" action="${escape(stoa.address)}/sign-in/store">
<input type="hidden" name="store" value="${escape(stoa.store)}">
<input type="hidden" name="token" value="${escape(token)}">
<button type="submit">Open my courses</button>
</form>
<script>document.forms[0].submit()</script>
</html>`;
}

const escape = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

if (process.argv[1] === import.meta.filename) {
  const { STOA_ADDRESS: address, STOA_STORE: store, STOA_HANDOFF_SECRET: secret } = process.env;
  // Replace this by your shop's own session. Here everybody is one customer, so it only listens on this machine.
  const customerOf = async () => ({ id: "1", email: "ada@example.com", emailVerified: false });
  shop({ address, store, secret }, customerOf).listen(3000, "127.0.0.1", () => {
    console.log("http://127.0.0.1:3000/my-courses");
  });
}
