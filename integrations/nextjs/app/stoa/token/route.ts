// GET /stoa/token: a fresh hand-off token for the signed-in customer, for the embed.
import { signedInCustomer } from "../../../lib/customer";
import { mintHandOffToken, stoaFromEnvironment } from "../../../lib/stoa";

export const dynamic = "force-dynamic";

export async function GET(request: Request): Promise<Response> {
  const headers = { "Cache-Control": "no-store, private" };
  const customer = await signedInCustomer(request);
  if (customer === null) return Response.json({ error: "signed_out" }, { status: 401, headers });
  return Response.json({ token: mintHandOffToken(stoaFromEnvironment(), customer) }, { headers });
}
