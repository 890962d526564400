import type { Context } from "@medusajs/framework/types"
import { InjectManager, MedusaContext, MedusaService } from "@medusajs/framework/utils"

import type { EventIds } from "../../lib/events"
import { type Connection, type Options, readConnection } from "../../lib/options"
import type { Delivery, Outbox, Outcome } from "../../lib/outbox"
import { StoaDelivery } from "./models/stoa-delivery"

/** A connection to the database, as far as it is used here. */
type Database = {
  execute(sql: string, parameters: unknown[]): Promise<Array<Record<string, unknown>>>
}

/** How the outbox stands, for people. */
export type Standing = {
  waiting: number
  failed: number
  /** When the longest waiting one was put in. */
  oldest: string | null
  /** Why deliveries wait or failed, the newest first. */
  problems: Array<Record<string, unknown>>
}

/** Keeps what Stoa is still to be told, and knows how to reach Stoa. */
export default class StoaService extends MedusaService({ StoaDelivery }) implements Outbox {
  readonly #options: Options

  constructor(container: Record<string, unknown>, options: Options | undefined) {
    super(container, options)
    this.#options = options ?? {}
  }

  /**
   * Reads where Stoa is. Not done at the start, so that a shop sells on while this is wrong; what happens meanwhile waits.
   *
   * @throws Error that says what is wrong with the options.
   */
  connection(): Connection {
    return readConnection(this.#options, process.env)
  }

  /** Puts events into the outbox: from here on they are not lost. */
  async add(event: string, ids: EventIds[], at: Date): Promise<void> {
    await this.createStoaDeliveries(ids.map((one) => ({ event, ids: one as Record<string, unknown>, due_at: at })))
  }

  @InjectManager()
  async lend(now: Date, until: Date, most: number, @MedusaContext() context: Context = {}): Promise<Delivery[]> {
    const rows = await database(context).execute(
      `UPDATE stoa_delivery SET due_at = ?, updated_at = ?
       WHERE id IN (
         SELECT id FROM stoa_delivery
         WHERE state = 'waiting' AND deleted_at IS NULL AND due_at <= ?
         ORDER BY due_at, id LIMIT ? FOR UPDATE SKIP LOCKED
       )
       RETURNING id, event, ids, tries`,
      [until, now, now, most]
    )
    const lent = rows as unknown as Delivery[]
    return lent.sort((one, other) => (one.id < other.id ? -1 : 1))
  }

  @InjectManager()
  async settle(delivery: Delivery, outcome: Outcome, @MedusaContext() context: Context = {}): Promise<void> {
    if (outcome.kind === "delivered") {
      await database(context).execute(`DELETE FROM stoa_delivery WHERE id = ?`, [delivery.id])
      return
    }
    const state = outcome.kind
    // What failed keeps the time of its last chance.
    const due = outcome.kind === "waiting" ? outcome.next : null
    await database(context).execute(
      `UPDATE stoa_delivery SET state = ?, tries = ?, error = ?, due_at = COALESCE(?, due_at), updated_at = now()
       WHERE id = ?`,
      [state, outcome.tries, outcome.error, due, delivery.id]
    )
  }

  /** Lets what has failed begin anew, and returns how many that were. */
  @InjectManager()
  async retryFailed(at: Date, @MedusaContext() context: Context = {}): Promise<number> {
    const rows = await database(context).execute(
      `UPDATE stoa_delivery SET state = 'waiting', tries = 0, due_at = ?, updated_at = now()
       WHERE state = 'failed' AND deleted_at IS NULL RETURNING id`,
      [at]
    )
    return rows.length
  }

  /** Tells what waits and what has failed. */
  async standing(): Promise<Standing> {
    const page = { take: 50, order: { created_at: "DESC" as const } }
    const [, waiting] = await this.listAndCountStoaDeliveries({ state: "waiting" }, { take: 1 })
    const [, failed] = await this.listAndCountStoaDeliveries({ state: "failed" }, { take: 1 })
    const [oldest] = await this.listStoaDeliveries({ state: "waiting" }, { take: 1, order: { created_at: "ASC" } })
    const problems = await this.listStoaDeliveries({ error: { $ne: null } }, page)
    return {
      waiting,
      failed,
      oldest: oldest?.created_at.toISOString() ?? null,
      problems: problems.map(({ event, ids, state, tries, error, due_at, created_at }) => ({
        event,
        ids,
        state,
        tries,
        error,
        due_at,
        created_at,
      })),
    }
  }
}

function database(context: Context): Database {
  return context.manager as Database
}
