// Answers, by Shopify's official library, a JSON list of questions from standard input with a JSON list. A question has a
// secret, at (seconds), and one of
// - webhook: { body, headers }: does it verify?
// - sign: a body: the value of X-Shopify-Hmac-Sha256;
// - proxy: a query as an object, an array where a name stands several times: does it verify?
// - token: a session token: does it verify, for the app of client id `client`?
import { text } from "node:stream/consumers";
import "@shopify/shopify-api/adapters/node";
import { shopifyApi, LogSeverity } from "@shopify/shopify-api";
import { createSHA256HMAC, HashFormat } from "@shopify/shopify-api/runtime";

const Clock = Date;
const stopClock = (at) => {
  globalThis.Date = class extends Clock {
    constructor(...parts) {
      super(...(parts.length ? parts : [at * 1000]));
    }
    static now = () => at * 1000;
  };
};

const library = (secret, client) =>
  shopifyApi({
    apiKey: client ?? "client",
    apiSecretKey: secret,
    apiVersion: "2026-07",
    hostName: "courses.example.com",
    isEmbeddedApp: false,
    logger: { level: LogSeverity.Error, log: () => {} },
  });

const answer = async ({ secret, client, at, webhook, sign, proxy, token }) => {
  stopClock(at);
  try {
    if (sign !== undefined) return await createSHA256HMAC(secret, sign, HashFormat.Base64);
    const shopify = library(secret, client);
    if (proxy) return await shopify.utils.validateHmac(proxy, { signator: "appProxy" });
    if (token !== undefined) return Boolean(await shopify.session.decodeSessionToken(token));
    const rawRequest = { method: "POST", url: "/webhooks/shop", headers: webhook.headers };
    return (await shopify.webhooks.validate({ rawBody: webhook.body, rawRequest })).valid;
  } catch (error) {
    if (!/^(Invalid|Failed|Shopify)/.test(error.constructor.name)) throw error;
    return false;
  }
};

const answers = [];
for (const question of JSON.parse(await text(process.stdin))) answers.push(await answer(question));
process.stdout.write(JSON.stringify(answers));
