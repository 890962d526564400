import { nextTry } from "./backoff"
import type { EventIds } from "./events"
import type { Connection } from "./options"
import { sign } from "./signature"

/** Something that Stoa is still to be told. */
export type Delivery = {
  readonly id: string
  /** The name of the event: `payment.captured`. */
  readonly event: string
  readonly ids: EventIds
  readonly tries: number
}

/** How a try ended, to be written down. */
export type Outcome =
  | { readonly kind: "delivered"; readonly at: Date }
  | { readonly kind: "waiting"; readonly tries: number; readonly next: Date; readonly error: string }
  | { readonly kind: "failed"; readonly tries: number; readonly error: string }

/** Where deliveries are kept. Whatever was added stays until it was delivered, or failed for days. */
export interface Outbox {
  /** Lends deliveries that are due to this process until `until`, the oldest first; nobody else gets them meanwhile. */
  lend(now: Date, until: Date, most: number): Promise<Delivery[]>
  /** Writes down how a try ended. */
  settle(delivery: Delivery, outcome: Outcome): Promise<void>
}

/** What a delivery needs of the world. */
export type World = {
  readonly now: () => Date
  readonly luck: () => number
  readonly send: typeof fetch
  /** Reads the whole order that an event is about, as it is now; `null` when there is none. */
  readonly readOrder: (ids: EventIds) => Promise<unknown>
  /** Says what a person should know. */
  readonly warn: (message: string) => void
}

/** Milliseconds that Stoa has to answer; it answers as soon as the webhook is stored. */
const TIME_LIMIT = 20_000
/** Milliseconds that a process keeps what it was lent; longer than it takes to deliver them one by one. */
const LOAN = 10 * 60_000
const AT_ONCE = 25

/**
 * Delivers what is due, one by one, and returns how many arrived. A delivery that fails stays in the outbox and is tried
 * again later. When Stoa cannot be reached, the others are not tried: they wait a minute, which costs them no try.
 */
export async function deliverDue(connection: Connection, outbox: Outbox, world: World): Promise<number> {
  const start = world.now()
  const due = await outbox.lend(start, new Date(start.getTime() + LOAN), AT_ONCE)
  let delivered = 0
  for (const [index, delivery] of due.entries()) {
    const failure = await tryOne(connection, delivery, world)
    const outcome = outcomeOf(delivery, failure, world)
    await outbox.settle(delivery, outcome)
    if (outcome.kind === "delivered") {
      delivered += 1
    } else if (outcome.kind === "failed") {
      world.warn(`stoa: gave up telling of ${delivery.event} after ${outcome.tries} tries: ${outcome.error}`)
    }
    if (failure?.isUnreachable) {
      const waiting = due.slice(index + 1)
      world.warn(`stoa: ${failure.error}; ${waiting.length + 1} deliveries wait`)
      await putOff(waiting, failure.error, outbox, world)
      break
    }
  }
  return delivered
}

async function putOff(waiting: Delivery[], error: string, outbox: Outbox, world: World): Promise<void> {
  const next = new Date(world.now().getTime() + 60_000)
  for (const delivery of waiting) {
    await outbox.settle(delivery, { kind: "waiting", tries: delivery.tries, next, error })
  }
}

type Failure = { error: string; isUnreachable?: boolean; askedToWait?: number }

async function tryOne(connection: Connection, delivery: Delivery, world: World): Promise<Failure | undefined> {
  let body: string
  try {
    // Before the order is read: Stoa takes the order as at least as new as this.
    const timestamp = world.now().toISOString()
    const order = await world.readOrder(delivery.ids)
    const data = { event: delivery.ids, metadata: {}, order: order ?? null }
    body = JSON.stringify({ type: delivery.event, timestamp, data })
  } catch (error) {
    return { error: `the order cannot be read: ${nameOf(error)}` }
  }
  try {
    const response = await world.send(`${connection.address}/webhooks/${connection.store}`, {
      method: "POST",
      redirect: "manual",
      signal: AbortSignal.timeout(TIME_LIMIT),
      headers: {
        "content-type": "application/json",
        "webhook-event": delivery.event,
        ...sign(connection.webhookSecret, delivery.id, world.now(), body),
      },
      body,
    })
    await response.body?.cancel()
    if (response.ok) {
      return undefined
    }
    const seconds = Number(response.headers.get("retry-after"))
    return {
      error: `Stoa answers ${response.status}`,
      ...(Number.isFinite(seconds) && seconds > 0 ? { askedToWait: seconds * 1000 } : {}),
    }
  } catch (error) {
    return { error: `Stoa cannot be reached: ${nameOf(error)}`, isUnreachable: true }
  }
}

function outcomeOf(delivery: Delivery, failure: Failure | undefined, world: World): Outcome {
  const at = world.now()
  if (failure === undefined) {
    return { kind: "delivered", at }
  }
  const tries = delivery.tries + 1
  const next = nextTry(tries, at, world.luck(), failure.askedToWait)
  return next === undefined
    ? { kind: "failed", tries, error: failure.error }
    : { kind: "waiting", tries, next, error: failure.error }
}

/** Names an error without its message, which may hold what is personal. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "unknown"
}
