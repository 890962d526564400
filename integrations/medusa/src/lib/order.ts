import type { EventIds } from "./events"

/** What Stoa reads of an order. Never the payments' `data`, which holds what the payment provider knows of the buyer. */
const ORDER_FIELDS = [
  "id",
  "status",
  "version",
  "currency_code",
  "email",
  "created_at",
  "updated_at",
  "canceled_at",
  "total",
  "customer.id",
  "customer.has_account",
  "items.*",
  "items.detail.*",
  "payment_collections.id",
  "payment_collections.status",
  "payment_collections.payments.id",
  "payment_collections.payments.captured_at",
  "payment_collections.payments.canceled_at",
  "payment_collections.payments.captures.*",
  "payment_collections.payments.refunds.*",
]

/** Medusa's way to read across modules. */
export type Graph = (query: {
  entity: string
  fields: string[]
  filters: Record<string, unknown>
}) => Promise<{ data: unknown[] }>

/** Reads the whole order that an event is about, as it is now; `null` when there is none. */
export async function readOrder(graph: Graph, ids: EventIds): Promise<unknown> {
  const id = await orderId(graph, ids)
  if (id === undefined) {
    return null
  }
  const { data } = await graph({ entity: "order", fields: ORDER_FIELDS, filters: { id } })
  return data[0] ?? null
}

/** An event names its order, or itself the order, or a payment of which the order is to be found. */
async function orderId(graph: Graph, ids: EventIds): Promise<string | undefined> {
  if (ids.order_id !== undefined) {
    return ids.order_id
  }
  if (ids.id?.startsWith("order_")) {
    return ids.id
  }
  if (!ids.id?.startsWith("pay_")) {
    return undefined
  }
  const fields = ["payment_collection.order.id"]
  const { data } = await graph({ entity: "payment", fields, filters: { id: ids.id } })
  const payment = data[0] as { payment_collection?: { order?: { id?: string } | null } | null } | undefined
  return payment?.payment_collection?.order?.id
}
