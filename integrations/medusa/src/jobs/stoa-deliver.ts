import type { MedusaContainer } from "@medusajs/framework/types"

import { deliver } from "../deliver"

/** Tries again what has not arrived. */
export default async function retry(container: MedusaContainer): Promise<void> {
  await deliver(container)
}

export const config = {
  name: "stoa-deliver",
  schedule: "* * * * *",
}
