import { createHmac, randomBytes } from "node:crypto"

import type { Connection } from "./options"

/** Who is signed in here. */
export type SignedInCustomer = {
  readonly id: string
  readonly email?: string | null | undefined
}

/** Seconds that a token is good for, the longest that Stoa takes. */
const LIFETIME = 60

/**
 * Mints the token by which Stoa believes who is signed in: a JWT signed by HS256, whose key is the text of the hand-off
 * secret. It works once.
 *
 * Medusa does not verify addresses, so neither does this claim to: Stoa then knows the customer by the id.
 */
export function mintToken(
  connection: Connection,
  customer: SignedInCustomer,
  at: Date,
  random: Buffer = randomBytes(16)
): string {
  const issuedAt = Math.floor(at.getTime() / 1000)
  const claims = {
    iss: connection.store,
    aud: connection.address,
    sub: customer.id,
    jti: random.toString("base64url"),
    iat: issuedAt,
    exp: issuedAt + LIFETIME,
    ...(customer.email ? { email: customer.email, email_verified: false } : {}),
  }
  const signed = [{ alg: "HS256", typ: "JWT" }, claims].map((part) => encode(part)).join(".")
  const tag = createHmac("sha256", connection.handoffSecret).update(signed).digest("base64url")
  return `${signed}.${tag}`
}

function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url")
}
