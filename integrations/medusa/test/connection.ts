import type { Connection } from "../src/lib/options"

/** A connection of the right shape. */
export const CONNECTION: Connection = {
  address: "https://courses.example.com",
  store: "my-shop",
  webhookSecret: `whsec_${Buffer.alloc(32, 1).toString("base64")}`,
  handoffSecret: `stoa_hs_${Buffer.alloc(32, 2).toString("base64url")}`,
}
