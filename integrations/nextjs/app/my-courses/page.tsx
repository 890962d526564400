// /my-courses: the embed, and inside it the form for browsers without script.
import type { DetailedHTMLProps, HTMLAttributes, ReactElement } from "react";
import { stoaFromEnvironment } from "../../lib/stoa";

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "stoa-library": DetailedHTMLProps<HTMLAttributes<HTMLElement>, HTMLElement> & {
        stoa: string;
        store: string;
        "token-url": string;
      };
    }
  }
}

export const dynamic = "force-dynamic";

export default function MyCourses(): ReactElement {
  const { address, store } = stoaFromEnvironment();
  return (
    <main>
      <h1>My Courses</h1>
      <script type="module" async src={`${address}/embed/v1.js`} />
      <stoa-library stoa={address} store={store} token-url="/stoa/token" suppressHydrationWarning>
        <form method="post" action="/stoa/open">
          <p>Your video courses and downloads are one click away.</p>
          <button type="submit">Open my courses</button>
        </form>
      </stoa-library>
    </main>
  );
}
