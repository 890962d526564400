import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"

import { sign } from "../src/lib/signature"

test("the example of the specification is signed as it says", () => {
  const secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
  const body = '{"email":"test@example.com","username":"test_user"}'
  const headers = sign(secret, "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", new Date(1_649_367_553_999), body)
  assert.deepEqual(headers, {
    "webhook-id": "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
    "webhook-timestamp": "1649367553",
    "webhook-signature": "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
  })
})

test("a captured webhook is signed as it was", () => {
  const file = "../../../../testdata/captures/medusa/0115-medusa-payment.captured.http"
  const [head = "", body = ""] = readFileSync(join(__dirname, file), "utf8").split("\r\n\r\n")
  const header = (name: string) => head.split("\r\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
  const secret = `whsec_${Buffer.from("medusa-test-secret-0123456789ab").toString("base64")}`
  const at = new Date(Number(header("webhook-timestamp")) * 1000)
  const headers = sign(secret, header("webhook-id") ?? "", at, body)
  assert.equal(headers["webhook-signature"], header("webhook-signature"))
})
