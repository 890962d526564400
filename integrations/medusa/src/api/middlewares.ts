import { authenticate, defineMiddlewares } from "@medusajs/framework/http"

/** Only somebody who is signed in gets a token. Routes under /admin ask for an administrator by themselves. */
export default defineMiddlewares({
  routes: [
    {
      matcher: "/store/stoa/token",
      methods: ["GET"],
      middlewares: [authenticate("customer", ["session", "bearer"])],
    },
  ],
})
