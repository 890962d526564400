import type { SubscriberArgs, SubscriberConfig } from "@medusajs/framework"

import { deliver } from "../deliver"
import { EVENTS, idsOf } from "../lib/events"
import { STOA_MODULE } from "../modules/stoa"
import type StoaService from "../modules/stoa/service"

/** Puts what happened into the outbox, then delivers it at once: the buyer may be waiting for the course. */
export default async function keep({ event, container }: SubscriberArgs<unknown>): Promise<void> {
  const ids = idsOf(event.data)
  if (ids.length === 0) {
    return
  }
  const stoa = container.resolve<StoaService>(STOA_MODULE)
  await stoa.add(event.name, ids, new Date())
  await deliver(container)
}

export const config: SubscriberConfig = {
  event: EVENTS,
  context: { subscriberId: "stoa-outbox" },
}
