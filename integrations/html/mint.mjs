// Makes a hand-off token: who is signed in at the shop, signed, good once and for a minute. Node, without any package.
import { createHmac, randomBytes } from "node:crypto";

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** `stoa` is { address, store, secret }; `customer` is { id, email, emailVerified }, the last two may be left out. */
export function mint(stoa, customer) {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: stoa.store,
    aud: stoa.address,
    sub: String(customer.id),
    jti: randomBytes(16).toString("base64url"),
    iat: now,
    exp: now + 60,
    ...(customer.email && { email: customer.email, email_verified: customer.emailVerified === true }),
  };
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", stoa.secret).update(signed).digest("base64url")}`;
}
