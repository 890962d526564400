import { Migration } from "@medusajs/framework/mikro-orm/migrations"

export class Migration20261122090000 extends Migration {
  override async up(): Promise<void> {
    this.addSql(
      `CREATE TABLE IF NOT EXISTS "stoa_delivery" (
         "id" TEXT NOT NULL PRIMARY KEY,
         "event" TEXT NOT NULL,
         "ids" JSONB NOT NULL,
         "state" TEXT NOT NULL DEFAULT 'waiting' CHECK ("state" IN ('waiting', 'failed')),
         "tries" INTEGER NOT NULL DEFAULT 0,
         "due_at" TIMESTAMPTZ NOT NULL,
         "error" TEXT NULL,
         "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
         "updated_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
         "deleted_at" TIMESTAMPTZ NULL
       );`
    )
    this.addSql(
      `CREATE INDEX IF NOT EXISTS "IDX_stoa_delivery_due" ON "stoa_delivery" ("due_at")
       WHERE "state" = 'waiting' AND "deleted_at" IS NULL;`
    )
  }

  override async down(): Promise<void> {
    this.addSql(`DROP TABLE IF EXISTS "stoa_delivery";`)
  }
}
