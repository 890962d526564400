import assert from "node:assert/strict"
import { test } from "node:test"

import { nextTry } from "../src/lib/backoff"

const AT = new Date("2026-11-22T10:30:00Z")

const minutes = (tries: number, luck = 0, asked = 0) => {
  const next = nextTry(tries, AT, luck, asked)
  return next && (next.getTime() - AT.getTime()) / 60_000
}

test("the first tries come soon and the later ones rarely", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 9, 10].map((tries) => minutes(tries)), [1, 2, 5, 10, 20, 240, 480])
})

test("nothing is given up before three days, nor tried for ever", () => {
  let waited = 0
  let tries = 1
  for (let wait = minutes(tries); wait !== undefined; wait = minutes(tries)) {
    waited += wait
    tries += 1
  }
  assert.ok(waited > 3 * 24 * 60 && waited < 5 * 24 * 60, `${waited}`)
  assert.equal(nextTry(tries + 1000, AT, 0), undefined)
})

test("luck adds a tenth at most", () => {
  assert.equal(minutes(4, 1), 11)
})

test("a longer wait that Stoa asks for is kept, but not for ever", () => {
  assert.equal(minutes(1, 0, 3 * 60_000), 3)
  assert.equal(minutes(4, 0, 60_000), 10)
  assert.equal(minutes(1, 0, 1e12), 480)
})
