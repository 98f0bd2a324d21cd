/** The arguments of a verb as the command line has them: made from the schema, so that nobody writes an option twice. */
import type { Verb } from "@nightgate/shared/verbs/verb";
import { z } from "zod";

export type FieldKind = "text" | "number" | "flag" | "list" | "object" | "objects" | "json";

export interface Field {
  /** As the verb has it, such as `due_at`. */
  key: string;
  kind: FieldKind;
  /** One sentence, with the values that there are and the one that counts when nothing is said. */
  help: string;
  required: boolean;
  /** May be longer than anybody types: it may come from a file. */
  long: boolean;
  /** A flag that is on unless it is taken away. */
  on: boolean;
  /** Of an object, or of the objects in a list, in order. */
  parts: string[];
}

const node = z.looseObject({
  type: z.string().optional(),
  description: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  default: z.unknown().optional(),
  maxLength: z.number().optional(),
  items: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
});
const schema = z.looseObject({
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
});

/** Texts that may be so long are read from a file as well. */
const LONG_CHARACTERS_MIN = 2_001;

/** In the order of the schema. */
export function fieldsOf({ args }: Pick<Verb, "args">): Field[] {
  const { properties, required } = schema.parse(z.toJSONSchema(args, { io: "input" }));
  return Object.entries(properties).map(([key, value]) => {
    const read = node.parse(value);
    const items = node.optional().parse(read.items);
    const kind = kindOf(read, items);
    return {
      key,
      kind,
      help: helpOf(read, items),
      required: required.includes(key),
      long: kind === "text" && (read.maxLength ?? 0) >= LONG_CHARACTERS_MIN,
      on: kind === "flag" && read.default === true,
      parts: Object.keys(items?.properties ?? read.properties ?? {}),
    };
  });
}

function kindOf(
  { type, properties }: z.infer<typeof node>,
  items: z.infer<typeof node> | undefined,
): FieldKind {
  switch (type) {
    case "string":
      return "text";
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "flag";
    case "array":
      return items?.type === "object" ? "objects" : "list";
    case "object":
      return properties === undefined ? "json" : "object";
    default:
      return "json";
  }
}

function helpOf(read: z.infer<typeof node>, items: z.infer<typeof node> | undefined): string {
  const values = read.enum ?? items?.enum;
  const told = [
    ...(values === undefined ? [] : [`one of ${values.map(String).join(", ")}`]),
    ...(read.default === undefined ||
    read.default === false ||
    read.default === "" ||
    isEmptyList(read.default)
      ? []
      : [`default ${typeof read.default === "string" ? read.default : JSON.stringify(read.default)}`]),
    ...(read.type === "array" ? ["may be given more than once"] : []),
  ];
  return `${read.description ?? ""}${told.length === 0 ? "" : ` (${told.join("; ")})`}`.trim();
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
