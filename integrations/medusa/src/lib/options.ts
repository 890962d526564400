/** Where Stoa is and what this shop shares with it. */
export type Connection = {
  /** Stoa's address without a closing slash: `https://courses.example.com`. */
  readonly address: string
  /** This shop's name in Stoa. */
  readonly store: string
  /** Signs what this shop tells: `whsec_…`. */
  readonly webhookSecret: string
  /** Signs who is signed in: `stoa_hs_…`. */
  readonly handoffSecret: string
}

/** What `medusa-config.ts` may say; what it leaves out is taken from the environment. */
export type Options = Partial<Connection> & {
  /** The connection code that `stoa store add` printed, instead of the four others. */
  readonly connection?: string
}

/**
 * Reads the connection from the plugin's options, else from the environment: `STOA_CONNECTION`, or `STOA_ADDRESS`,
 * `STOA_STORE`, `STOA_WEBHOOK_SECRET` and `STOA_HANDOFF_SECRET`, each of which overrides the code.
 *
 * @throws Error that says what is missing or misshapen, and never repeats a secret.
 */
export function readConnection(options: Options, environment: Record<string, string | undefined>): Connection {
  const code = text(options.connection) ?? text(environment.STOA_CONNECTION)
  const coded = code === undefined ? {} : readCode(code)
  const connection = {
    address: text(options.address) ?? text(environment.STOA_ADDRESS) ?? coded.address,
    store: text(options.store) ?? text(environment.STOA_STORE) ?? coded.store,
    webhookSecret: text(options.webhookSecret) ?? text(environment.STOA_WEBHOOK_SECRET) ?? coded.webhookSecret,
    handoffSecret: text(options.handoffSecret) ?? text(environment.STOA_HANDOFF_SECRET) ?? coded.handoffSecret,
  }
  return {
    address: readAddress(connection.address),
    store: demand(connection.store, /^[a-z][a-z0-9-]{0,39}$/, "store must be this shop's name in Stoa"),
    webhookSecret: demand(
      connection.webhookSecret,
      /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/,
      "webhookSecret must be the text that begins with whsec_"
    ),
    handoffSecret: demand(
      connection.handoffSecret,
      /^stoa_hs_[A-Za-z0-9_-]{43}$/,
      "handoffSecret must be the text that begins with stoa_hs_"
    ),
  }
}

function readCode(code: string): Partial<Connection> {
  let read: unknown
  try {
    read = JSON.parse(Buffer.from(code, "base64url").toString("utf8"))
  } catch {
    throw new Error("stoa: connection is not a connection code: copy the whole line that stoa store add printed")
  }
  const fields = (typeof read === "object" && read !== null ? read : {}) as Record<string, unknown>
  if (fields.v !== 1) {
    throw new Error("stoa: connection is not a connection code of this version: update this plugin or Stoa")
  }
  return {
    address: text(fields.address),
    store: text(fields.store),
    webhookSecret: text(fields.webhook_secret),
    handoffSecret: text(fields.handoff_secret),
  }
}

/** Secrets and customers' names go there: in the clear only to this same machine. */
function readAddress(address: string | undefined): string {
  const problem = "stoa: address must be Stoa's own, such as https://courses.example.com"
  let url: URL
  try {
    url = new URL(address ?? "")
  } catch {
    throw new Error(problem)
  }
  const isLoopback = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname)
  const isSafe = url.protocol === "https:" || (url.protocol === "http:" && isLoopback)
  if (!isSafe || url.pathname !== "/" || url.search !== "" || url.hash !== "" || url.username !== "") {
    throw new Error(problem)
  }
  return url.origin
}

function demand(value: string | undefined, shape: RegExp, problem: string): string {
  if (value === undefined || !shape.test(value)) {
    throw new Error(`stoa: ${problem}`)
  }
  return value
}

function text(value: unknown): string | undefined {
  if (typeof value !== "string") {
    return undefined
  }
  const trimmed = value.trim()
  return trimmed === "" ? undefined : trimmed
}
