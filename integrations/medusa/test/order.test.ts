import assert from "node:assert/strict"
import { test } from "node:test"

import { EVENTS, idsOf } from "../src/lib/events"
import { type Graph, readOrder } from "../src/lib/order"

/** A Medusa that has one order with one payment. */
function medusa() {
  const asked: Array<{ entity: string; fields: string[]; filters: Record<string, unknown> }> = []
  const graph: Graph = async (query) => {
    asked.push(query)
    if (query.entity === "payment") {
      const order = query.filters.id === "pay_1" ? { id: "order_1" } : null
      return { data: [{ payment_collection: { order } }] }
    }
    return { data: query.filters.id === "order_1" ? [{ id: "order_1" }] : [] }
  }
  return { graph, asked }
}

test("an order is read by its id, by an event about it and by its payment", async () => {
  for (const ids of [{ id: "order_1" }, { order_id: "order_1" }, { id: "return_1", order_id: "order_1" }, { id: "pay_1" }]) {
    const { graph } = medusa()
    assert.deepEqual(await readOrder(graph, ids), { id: "order_1" })
  }
})

test("what is not there is null, and what is no order is not asked for", async () => {
  for (const ids of [{ id: "order_2" }, { id: "pay_2" }, { id: "cus_1" }, {}]) {
    const { graph } = medusa()
    assert.equal(await readOrder(graph, ids), null)
  }
  const { graph, asked } = medusa()
  await readOrder(graph, { id: "cus_1" })
  assert.deepEqual(asked, [])
})

test("captures, refunds and returns are read, and nothing of the payment provider", async () => {
  const { graph, asked } = medusa()
  await readOrder(graph, { id: "order_1" })
  const fields = asked[0]?.fields ?? []
  for (const field of [
    "total",
    "currency_code",
    "customer.has_account",
    "items.*",
    "items.detail.*",
    "payment_collections.payments.captured_at",
    "payment_collections.payments.captures.*",
    "payment_collections.payments.refunds.*",
  ]) {
    assert.ok(fields.includes(field), field)
  }
  assert.ok(!fields.includes("payment_collections.payments.*"))
})

test("an event's ids are kept and nothing else of it", () => {
  assert.deepEqual(idsOf({ id: "pay_1" }), [{ id: "pay_1" }])
  assert.deepEqual(idsOf({ order_id: "order_1", actions: [{ id: "ordchact_1" }] }), [{ order_id: "order_1" }])
  assert.deepEqual(idsOf([{ id: "order_1" }, { id: "order_2" }]), [{ id: "order_1" }, { id: "order_2" }])
  for (const data of [null, undefined, "order_1", {}, { id: 1 }]) {
    assert.deepEqual(idsOf(data), [])
  }
})

test("payments, edits, returns and cancellations are listened for", () => {
  for (const event of ["order.placed", "order.canceled", "payment.captured", "payment.refunded"]) {
    assert.ok(EVENTS.includes(event), event)
  }
  for (const event of ["order-edit.confirmed", "order.return_received"]) {
    assert.ok(EVENTS.includes(event), event)
  }
})
