import { Module } from "@medusajs/framework/utils"

import StoaService from "./service"

/** The name by which Medusa's container hands the module out. */
export const STOA_MODULE = "stoa"

export default Module(STOA_MODULE, { service: StoaService })
