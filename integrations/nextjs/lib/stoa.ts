// Makes hand-off tokens: who is signed in here, signed, good once and for a minute. Runs on the server only.
import { createHmac, randomBytes } from "node:crypto";

export interface Customer {
  /** The shop's own id of the customer, the same as in its orders. */
  id: string;
  email?: string;
  /** True only when the shop has sent a message there and the customer has answered it. */
  emailVerified?: boolean;
}

export interface Stoa {
  /** Origin of Stoa, such as https://courses.example.com. */
  address: string;
  /** This shop's name in Stoa. */
  store: string;
  /** The hand-off secret: stoa_hs_… */
  secret: string;
}

/** Reads STOA_ADDRESS, STOA_STORE and STOA_HANDOFF_SECRET, and throws when one is missing. */
export function stoaFromEnvironment(): Stoa {
  const read = (name: string): string => {
    const value = process.env[name];
    if (!value) throw new Error(`${name} is not set`);
    return value;
  };
  return { address: read("STOA_ADDRESS"), store: read("STOA_STORE"), secret: read("STOA_HANDOFF_SECRET") };
}

/** Returns a fresh token. */
export function mintHandOffToken(stoa: Stoa, customer: Customer): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: stoa.store,
    aud: stoa.address,
    sub: customer.id,
    jti: randomBytes(16).toString("base64url"),
    iat: now,
    exp: now + 60,
    ...(customer.email && { email: customer.email, email_verified: customer.emailVerified === true }),
  };
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", stoa.secret).update(signed).digest("base64url")}`;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
