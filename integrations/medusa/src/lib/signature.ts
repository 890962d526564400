import { createHmac } from "node:crypto"

/** The three headers of a signed webhook. */
export type SignedHeaders = {
  "webhook-id": string
  "webhook-timestamp": string
  "webhook-signature": string
}

/**
 * Signs a webhook by the Standard Webhooks specification (standardwebhooks.com): HMAC-SHA256 over `id.timestamp.body`
 * with the base64 behind `whsec_` as key. Stoa accepts it for five minutes, so it is made anew for each try.
 */
export function sign(secret: string, id: string, at: Date, body: string): SignedHeaders {
  const timestamp = Math.floor(at.getTime() / 1000).toString()
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64")
  const tag = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${tag}` }
}
