// Says who is signed in. This one asks the shop's own "who am I" address, SHOP_CUSTOMER_URL, with the visitor's cookies, and
// takes `id` and `email` from its answer. If your pages know the customer already (Auth.js, Clerk, …), ask that instead.
import type { Customer } from "./stoa";

export async function signedInCustomer(request: Request): Promise<Customer | null> {
  const url = process.env.SHOP_CUSTOMER_URL;
  if (!url) throw new Error("SHOP_CUSTOMER_URL is not set");
  const answer = await fetch(url, {
    headers: { accept: "application/json", cookie: request.headers.get("cookie") ?? "" },
    cache: "no-store",
    // A redirect leads to the sign-in page: nobody is signed in.
    redirect: "manual",
  });
  if (!answer.ok) return null;
  const body: unknown = await answer.json();
  if (typeof body !== "object" || body === null || !("id" in body)) return null;
  if (typeof body.id !== "string" && typeof body.id !== "number") return null;
  const email = "email" in body && typeof body.email === "string" ? body.email : undefined;
  return { id: String(body.id), ...(email !== undefined && { email }) };
}
