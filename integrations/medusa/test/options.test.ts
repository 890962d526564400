import assert from "node:assert/strict"
import { test } from "node:test"

import { readConnection } from "../src/lib/options"
import { CONNECTION } from "./connection"

const CODE = Buffer.from(
  JSON.stringify({
    v: 1,
    address: CONNECTION.address,
    store: CONNECTION.store,
    webhook_secret: CONNECTION.webhookSecret,
    handoff_secret: CONNECTION.handoffSecret,
    later: "ignored",
  })
).toString("base64url")

test("the connection code alone is enough, in the options or in the environment", () => {
  assert.deepEqual(readConnection({ connection: CODE }, {}), CONNECTION)
  assert.deepEqual(readConnection({}, { STOA_CONNECTION: ` ${CODE}\n` }), CONNECTION)
})

test("each part can be given by itself and overrides the code", () => {
  assert.deepEqual(readConnection({ ...CONNECTION }, {}), CONNECTION)
  const environment = {
    STOA_ADDRESS: "https://courses.example.com/",
    STOA_STORE: "my-shop",
    STOA_WEBHOOK_SECRET: CONNECTION.webhookSecret,
    STOA_HANDOFF_SECRET: CONNECTION.handoffSecret,
  }
  assert.deepEqual(readConnection({}, environment), CONNECTION)
  assert.equal(readConnection({ connection: CODE }, { STOA_STORE: "other" }).store, "other")
  assert.equal(readConnection({ connection: CODE, store: "mine" }, { STOA_STORE: "other" }).store, "mine")
})

test("what is wrong is named, and no secret repeated", () => {
  const wrong: Array<[Record<string, string>, RegExp]> = [
    [{}, /address/],
    [{ address: "http://courses.example.com" }, /address/],
    [{ address: "https://courses.example.com/path" }, /address/],
    [{ address: "https://user@courses.example.com" }, /address/],
    [{ store: "My Shop" }, /store/],
    [{ webhookSecret: "hunter2" }, /webhookSecret/],
    [{ handoffSecret: "stoa_hs_short" }, /handoffSecret/],
  ]
  for (const [change, said] of wrong) {
    const options = Object.keys(change).length === 0 ? {} : { ...CONNECTION, ...change }
    assert.throws(
      () => readConnection(options, {}),
      (error: Error) => said.test(error.message) && !error.message.includes("hunter2")
    )
  }
  assert.throws(() => readConnection({ connection: "not a code" }, {}), /connection code/)
  const future = Buffer.from('{"v":2}').toString("base64url")
  assert.throws(() => readConnection({ connection: future }, {}), /version/)
})

test("on the same machine the address may be in the clear", () => {
  const connection = readConnection({ ...CONNECTION, address: "http://localhost:8080" }, {})
  assert.equal(connection.address, "http://localhost:8080")
})
