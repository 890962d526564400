import assert from "node:assert/strict"
import { createHmac } from "node:crypto"
import { test } from "node:test"

import { mintToken } from "../src/lib/token"
import { CONNECTION } from "./connection"

const AT = new Date("2026-11-22T10:30:00.900Z")

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"))

test("a token says who is signed in, where, to whom and for one minute", () => {
  const customer = { id: "cus_1", email: "ada@example.com" }
  const claims = claimsOf(mintToken(CONNECTION, customer, AT, Buffer.alloc(16, 3)))
  assert.deepEqual(claims, {
    iss: "my-shop",
    aud: "https://courses.example.com",
    sub: "cus_1",
    jti: Buffer.alloc(16, 3).toString("base64url"),
    iat: 1_795_343_400,
    exp: 1_795_343_460,
    email: "ada@example.com",
    email_verified: false,
  })
})

test("a token is signed by HS256 with the text of the secret as key", () => {
  const token = mintToken(CONNECTION, { id: "cus_1" }, AT)
  const [head = "", body = "", tag] = token.split(".")
  assert.deepEqual(JSON.parse(Buffer.from(head, "base64url").toString("utf8")), { alg: "HS256", typ: "JWT" })
  const expected = createHmac("sha256", CONNECTION.handoffSecret).update(`${head}.${body}`).digest("base64url")
  assert.equal(tag, expected)
})

test("each token has another id of at least 128 bits", () => {
  const ids = Array.from({ length: 100 }, () => claimsOf(mintToken(CONNECTION, { id: "cus_1" }, AT)).jti as string)
  assert.equal(new Set(ids).size, 100)
  assert.ok(ids.every((id) => Buffer.from(id, "base64url").length >= 16))
})

test("nothing is said about an address that is not known", () => {
  for (const email of [undefined, null, ""]) {
    const claims = claimsOf(mintToken(CONNECTION, { id: "cus_1", email }, AT))
    assert.equal("email" in claims || "email_verified" in claims, false)
  }
})
