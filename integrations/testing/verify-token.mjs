// Verifies a hand-off token by the contract in ../README.md, as Stoa does, and prints its claims:
//   node verify-token.mjs '{"token":"…","secret":"…","store":"…","audience":"…","now":1795343400}'
// Says what is wrong on standard error, and ends with 1. `now` may be left out.
import { createHmac, timingSafeEqual } from "node:crypto";

const { token, secret, store, audience, now = Math.floor(Date.now() / 1000) } = JSON.parse(process.argv[2]);

function demand(truth, otherwise) {
  if (!truth) {
    console.error(otherwise);
    process.exit(1);
  }
}

const parts = token.split(".");
demand(parts.length === 3 && parts.every((part) => /^[A-Za-z0-9_-]+$/.test(part)), "not three parts of base64url");
const [head, body, signature] = parts;
const expected = createHmac("sha256", secret).update(`${head}.${body}`).digest();
const actual = Buffer.from(signature, "base64url");
demand(actual.length === expected.length && timingSafeEqual(actual, expected), "the signature is wrong");

const read = (part) => JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
demand(read(head).alg === "HS256", "the algorithm is not HS256");
const claims = read(body);
demand(claims.iss === store, "iss is not the store");
demand(claims.aud === audience, "aud is not the address");
demand(typeof claims.sub === "string" && claims.sub !== "", "sub is not a text");
demand(typeof claims.jti === "string" && Buffer.from(claims.jti, "base64url").length >= 16, "jti has less than 128 bits");
demand(Number.isInteger(claims.iat) && Math.abs(claims.iat - now) <= 5, "iat is not now");
demand(Number.isInteger(claims.exp) && claims.exp > claims.iat && claims.exp - claims.iat <= 60, "exp is not within a minute");
console.log(JSON.stringify(claims));
