/** Where Prisma finds the schema. Migrations are plain SQL and not Prisma's to run (docs/decisions/0003-plain-sql-migrations.md). */
import { defineConfig } from "prisma/config";

export default defineConfig({ schema: "prisma/schema" });
