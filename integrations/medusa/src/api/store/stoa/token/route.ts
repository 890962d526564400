import type { AuthenticatedMedusaRequest, MedusaResponse } from "@medusajs/framework/http"
import { ContainerRegistrationKeys } from "@medusajs/framework/utils"

import { mintToken } from "../../../../lib/token"
import { STOA_MODULE } from "../../../../modules/stoa"
import type StoaService from "../../../../modules/stoa/service"

/** Hands the signed-in customer a token by which Stoa knows them: once, within a minute. */
export async function GET(request: AuthenticatedMedusaRequest, response: MedusaResponse): Promise<void> {
  response.setHeader("Cache-Control", "no-store")
  const query = request.scope.resolve(ContainerRegistrationKeys.QUERY)
  const id = request.auth_context.actor_id
  const { data } = await query.graph({
    entity: "customer",
    fields: ["id", "email", "has_account"],
    filters: { id },
  })
  const customer = data[0]
  // Guests have customers too, which anybody's order may share; Stoa does not know people by them.
  if (!customer?.has_account) {
    response.status(401).json({ message: "Sign in first" })
    return
  }
  const stoa = request.scope.resolve<StoaService>(STOA_MODULE)
  response.json({ token: mintToken(stoa.connection(), customer, new Date()) })
}
