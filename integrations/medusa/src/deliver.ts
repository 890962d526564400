import type { MedusaContainer } from "@medusajs/framework/types"
import { ContainerRegistrationKeys } from "@medusajs/framework/utils"

import { type Graph, readOrder } from "./lib/order"
import { deliverDue } from "./lib/outbox"
import { STOA_MODULE } from "./modules/stoa"
import type StoaService from "./modules/stoa/service"

/** Delivers what is due. It never throws: what did not arrive stays in the outbox, and the log says why. */
export async function deliver(container: MedusaContainer): Promise<void> {
  const logger = container.resolve(ContainerRegistrationKeys.LOGGER)
  const query = container.resolve(ContainerRegistrationKeys.QUERY)
  const stoa = container.resolve<StoaService>(STOA_MODULE)
  try {
    await deliverDue(stoa.connection(), stoa, {
      now: () => new Date(),
      luck: Math.random,
      send: fetch,
      readOrder: (ids) => readOrder(query.graph.bind(query) as Graph, ids),
      warn: (message) => logger.warn(message),
    })
  } catch (error) {
    logger.error(error instanceof Error ? error.message : "stoa: delivering failed")
  }
}
