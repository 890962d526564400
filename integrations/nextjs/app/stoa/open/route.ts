// POST /stoa/open: where the button leads when there is no script. Answers a page that posts a fresh token to Stoa.
import { signedInCustomer } from "../../../lib/customer";
import { mintHandOffToken, stoaFromEnvironment } from "../../../lib/stoa";

export const dynamic = "force-dynamic";

export async function POST(request: Request): Promise<Response> {
  const customer = await signedInCustomer(request);
  if (customer === null) {
    return new Response(null, { status: 303, headers: { Location: "/my-courses", "Cache-Control": "no-store, private" } });
  }
  const stoa = stoaFromEnvironment();
  const html = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>My Courses</title>
<form method="post" action="${escape(stoa.address)}/sign-in/store">
<input type="hidden" name="store" value="${escape(stoa.store)}">
<input type="hidden" name="token" value="${escape(mintHandOffToken(stoa, customer))}">
<button type="submit">Open my courses</button>
</form>
<script>document.forms[0].submit()</script>
</html>`;
  return new Response(html, {
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Cache-Control": "no-store, private",
      "Referrer-Policy": "strict-origin",
    },
  });
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
