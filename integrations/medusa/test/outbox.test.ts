import assert from "node:assert/strict"
import { test } from "node:test"

import { type Delivery, deliverDue, type Outbox, type Outcome, type World } from "../src/lib/outbox"
import { sign } from "../src/lib/signature"
import { CONNECTION } from "./connection"

type Kept = Delivery & { due: number; state: "waiting" | "failed"; error?: string }

/** An outbox in memory, which keeps what Medusa's database keeps. */
class MemoryOutbox implements Outbox {
  readonly kept = new Map<string, Kept>()

  add(id: string, event = "payment.captured"): void {
    this.kept.set(id, { id, event, ids: { id: `pay_${id}` }, tries: 0, due: 0, state: "waiting" })
  }

  async lend(now: Date, until: Date, most: number): Promise<Delivery[]> {
    const due = [...this.kept.values()].filter((one) => one.state === "waiting" && one.due <= now.getTime())
    const lent = due.slice(0, most)
    for (const one of lent) {
      this.kept.set(one.id, { ...one, due: until.getTime() })
    }
    return lent
  }

  async settle(delivery: Delivery, outcome: Outcome): Promise<void> {
    const one = this.kept.get(delivery.id)
    assert.ok(one)
    if (outcome.kind === "delivered") {
      this.kept.delete(delivery.id)
    } else {
      const due = outcome.kind === "waiting" ? outcome.next.getTime() : one.due
      this.kept.set(delivery.id, { ...one, state: outcome.kind, tries: outcome.tries, error: outcome.error, due })
    }
  }
}

type Sent = { url: string; headers: Record<string, string>; body: string; redirect: string | undefined }

/** A world in which Stoa answers as it is told, and time passes when somebody says so. */
function world(answer: (count: number) => Response | Error) {
  const sent: Sent[] = []
  const warnings: string[] = []
  let clock = Date.parse("2026-11-22T10:30:00Z")
  const made: World = {
    now: () => new Date(clock),
    luck: () => 0,
    send: async (url, request) => {
      sent.push({
        url: String(url),
        headers: request?.headers as Record<string, string>,
        body: String(request?.body),
        redirect: request?.redirect,
      })
      const answered = answer(sent.length)
      if (answered instanceof Error) {
        throw answered
      }
      return answered
    },
    readOrder: async (ids) => ({ id: "order_1", asked: ids }),
    warn: (message) => warnings.push(message),
  }
  return { made, sent, warnings, pass: (milliseconds: number) => (clock += milliseconds), clock: () => clock }
}

const ok = () => new Response(null, { status: 200 })

test("what is due goes to Stoa, signed, with the order as it is now", async () => {
  const outbox = new MemoryOutbox()
  outbox.add("stoadel_1")
  const { made, sent } = world(ok)

  assert.equal(await deliverDue(CONNECTION, outbox, made), 1)

  assert.equal(outbox.kept.size, 0)
  const [request] = sent
  assert.ok(request)
  assert.equal(request.url, "https://courses.example.com/webhooks/my-shop")
  assert.equal(request.redirect, "manual")
  assert.deepEqual(JSON.parse(request.body), {
    type: "payment.captured",
    timestamp: "2026-11-22T10:30:00.000Z",
    data: {
      event: { id: "pay_stoadel_1" },
      metadata: {},
      order: { id: "order_1", asked: { id: "pay_stoadel_1" } },
    },
  })
  assert.equal(request.headers["webhook-event"], "payment.captured")
  const signed = sign(CONNECTION.webhookSecret, "stoadel_1", made.now(), request.body)
  assert.equal(request.headers["webhook-signature"], signed["webhook-signature"])
})

test("a delivery that failed is kept, and tried again under the same id with a new signature", async () => {
  const outbox = new MemoryOutbox()
  outbox.add("stoadel_1")
  const { made, sent, pass } = world((count) => (count === 1 ? new Response("x", { status: 503 }) : ok()))

  assert.equal(await deliverDue(CONNECTION, outbox, made), 0)
  assert.deepEqual(
    [...outbox.kept.values()].map(({ state, tries, error }) => ({ state, tries, error })),
    [{ state: "waiting", tries: 1, error: "Stoa answers 503" }]
  )
  assert.equal(await deliverDue(CONNECTION, outbox, made), 0)
  assert.equal(sent.length, 1)

  pass(60_000)
  assert.equal(await deliverDue(CONNECTION, outbox, made), 1)
  assert.equal(outbox.kept.size, 0)
  const ids = sent.map(({ headers }) => headers["webhook-id"])
  assert.deepEqual(ids, ["stoadel_1", "stoadel_1"])
  const times = sent.map(({ headers }) => Number(headers["webhook-timestamp"]))
  assert.equal((times[1] ?? 0) - (times[0] ?? 0), 60)
})

test("only an answer of success counts", async () => {
  for (const status of [301, 302, 400, 401, 404, 413, 429, 500]) {
    const outbox = new MemoryOutbox()
    outbox.add("stoadel_1")
    const { made } = world(() => new Response(null, { status }))
    assert.equal(await deliverDue(CONNECTION, outbox, made), 0, `${status}`)
    assert.equal(outbox.kept.get("stoadel_1")?.error, `Stoa answers ${status}`)
  }
})

test("a wait that Stoa asks for is kept", async () => {
  const outbox = new MemoryOutbox()
  outbox.add("stoadel_1")
  const { made, clock } = world(() => new Response(null, { status: 503, headers: { "retry-after": "600" } }))
  await deliverDue(CONNECTION, outbox, made)
  assert.equal((outbox.kept.get("stoadel_1")?.due ?? 0) - clock(), 600_000)
})

test("when Stoa cannot be reached the others wait, which costs them no try", async () => {
  const outbox = new MemoryOutbox()
  for (const id of ["stoadel_1", "stoadel_2", "stoadel_3"]) {
    outbox.add(id)
  }
  const { made, sent, warnings, pass } = world((count) => (count === 1 ? new TypeError("secret detail") : ok()))

  assert.equal(await deliverDue(CONNECTION, outbox, made), 0)

  assert.equal(sent.length, 1)
  assert.deepEqual([...outbox.kept.values()].map(({ tries }) => tries), [1, 0, 0])
  assert.deepEqual(warnings, ["stoa: Stoa cannot be reached: TypeError; 3 deliveries wait"])
  pass(60_000)
  assert.equal(await deliverDue(CONNECTION, outbox, made), 3)
})

test("an order that cannot be read delays no other", async () => {
  const outbox = new MemoryOutbox()
  outbox.add("stoadel_1")
  outbox.add("stoadel_2")
  const { made } = world(ok)
  const readOrder: World["readOrder"] = async (ids) => {
    if (ids.id === "pay_stoadel_1") {
      throw new RangeError("ada@example.com")
    }
    return null
  }
  assert.equal(await deliverDue(CONNECTION, outbox, { ...made, readOrder }), 1)
  assert.equal(outbox.kept.get("stoadel_1")?.error, "the order cannot be read: RangeError")
})

test("after days a delivery has failed for all to see, and is still there", async () => {
  const outbox = new MemoryOutbox()
  outbox.add("stoadel_1")
  const { made, sent, warnings, pass } = world(() => new Response(null, { status: 500 }))
  for (let round = 0; round < 500; round += 1) {
    await deliverDue(CONNECTION, outbox, made)
    pass(60 * 60_000)
  }
  const kept = outbox.kept.get("stoadel_1")
  assert.equal(kept?.state, "failed")
  assert.equal(kept?.tries, sent.length)
  assert.ok(sent.length > 15 && sent.length < 40, `${sent.length}`)
  assert.deepEqual(warnings, [`stoa: gave up telling of payment.captured after ${sent.length} tries: Stoa answers 500`])
})

test("what a process was lent nobody else gets, until the loan ends with the process", async () => {
  const outbox = new MemoryOutbox()
  outbox.add("stoadel_1")
  const { made, pass } = world(ok)
  const now = made.now()
  await outbox.lend(now, new Date(now.getTime() + 10 * 60_000), 1)
  assert.equal(await deliverDue(CONNECTION, outbox, made), 0)
  pass(10 * 60_000)
  assert.equal(await deliverDue(CONNECTION, outbox, made), 1)
})
