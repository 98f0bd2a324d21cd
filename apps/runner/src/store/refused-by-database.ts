/** Tells a message that the database will never take (its ids are taken, its instant is none) from a database that is away for a moment. */
import { z } from "zod";

const prismaError = z.object({
  name: z.string().optional(),
  code: z.string().optional(),
  meta: z
    .object({ driverAdapterError: z.object({ cause: z.object({ code: z.string() }).partial() }).partial() })
    .partial()
    .optional(),
});

/** Prisma's codes for values and constraints: P2000 to P2023 and P2025. Above are time-outs, conflicts and whatever passes. */
const OF_THE_REQUEST = /^P20(?:[01]\d|2[0-3]|25)$/;
const RAW_QUERY_FAILED = "P2010";
/** SQLSTATE classes for: data exception, integrity constraint violation. */
const OF_THE_DATA = /^2[23]/;

/** True where asking again would be refused again. */
export function isRefusedByDatabase(error: unknown): boolean {
  const parsed = prismaError.safeParse(error);
  if (!parsed.success) return false;
  const { name, code = "", meta } = parsed.data;
  if (name === "PrismaClientValidationError") return true;
  if (code === RAW_QUERY_FAILED) return OF_THE_DATA.test(meta?.driverAdapterError?.cause?.code ?? "");
  return OF_THE_REQUEST.test(code);
}
