// Answers a JSON list of {secret, body} (the body in base64) from standard input with the base64 HMAC-SHA256 of each, by
// Node's own crypto.
import { createHmac } from "node:crypto";
import { text } from "node:stream/consumers";

const sign = ({ secret, body }) =>
  createHmac("sha256", secret).update(Buffer.from(body, "base64")).digest("base64");

process.stdout.write(JSON.stringify(JSON.parse(await text(process.stdin)).map(sign)));
