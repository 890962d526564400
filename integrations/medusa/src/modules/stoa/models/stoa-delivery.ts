import { model } from "@medusajs/framework/utils"

/** Something that Stoa is still to be told: which event, about which ids. The order itself is read when it is sent. */
export const StoaDelivery = model.define("stoa_delivery", {
  id: model.id({ prefix: "stoadel" }).primaryKey(),
  event: model.text(),
  ids: model.json(),
  /** `waiting`, or `failed` after days of tries. What was delivered is deleted. */
  state: model.enum(["waiting", "failed"]).default("waiting"),
  tries: model.number().default(0),
  /** When to try next; while a process has it, when another one may. */
  due_at: model.dateTime(),
  /** Why the last try failed. */
  error: model.text().nullable(),
})
