/** What Medusa's event bus tells that may change who has access. Names as in Medusa 2; others are none of Stoa's business. */
export const EVENTS = [
  "order.placed",
  "order.updated",
  "order.completed",
  "order.archived",
  "order.canceled",
  "order.return_received",
  "order.claim_created",
  "order.exchange_created",
  "order-edit.confirmed",
  "payment.captured",
  "payment.refunded",
]

/** The ids that an event names: all that is kept of it until the order is read. */
export type EventIds = {
  readonly id?: string
  readonly order_id?: string
}

/** Returns the ids of an event's data, of which some have `id` and some `order_id`; several for a list. */
export function idsOf(data: unknown): EventIds[] {
  if (Array.isArray(data)) {
    return data.flatMap((one) => idsOf(one))
  }
  if (typeof data !== "object" || data === null) {
    return []
  }
  const fields = data as Record<string, unknown>
  const ids: { id?: string; order_id?: string } = {}
  if (typeof fields.id === "string") {
    ids.id = fields.id
  }
  if (typeof fields.order_id === "string") {
    ids.order_id = fields.order_id
  }
  return ids.id === undefined && ids.order_id === undefined ? [] : [ids]
}
