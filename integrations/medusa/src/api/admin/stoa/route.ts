import type { AuthenticatedMedusaRequest, MedusaResponse } from "@medusajs/framework/http"

import { deliver } from "../../../deliver"
import { STOA_MODULE } from "../../../modules/stoa"
import type StoaService from "../../../modules/stoa/service"

/** Tells how many deliveries wait, how many have failed for good, and why. */
export async function GET(request: AuthenticatedMedusaRequest, response: MedusaResponse): Promise<void> {
  const stoa = request.scope.resolve<StoaService>(STOA_MODULE)
  response.json(await stoa.standing())
}

/** Tries again what has failed, and tells how it stands then. */
export async function POST(request: AuthenticatedMedusaRequest, response: MedusaResponse): Promise<void> {
  const stoa = request.scope.resolve<StoaService>(STOA_MODULE)
  await stoa.retryFailed(new Date())
  await deliver(request.scope)
  response.json(await stoa.standing())
}
