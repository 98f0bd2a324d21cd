/** What a fire of a chain is to its expressions: the scheduled day in the chain's own zone, whenever it is really run. */
import type { Surroundings, Value } from "./expressions.ts";

export interface Fire {
  /** The instant that was scheduled, or now where a person asked. */
  at: Date;
  timeZone: string;
  reason: "schedule" | "manual";
}

/** How a job that is needed ended. */
export type NeedResult = "succeeded" | "failed" | "skipped";

/** The values that a job's expressions see. */
export function surroundingsOf(
  fire: Fire,
  matrix: Readonly<Record<string, Value>>,
  needs: ReadonlyMap<string, NeedResult>,
): Surroundings {
  const values = fireValues(fire);
  return {
    lookUp: (path) => {
      const [root, key = ""] = path.split(".");
      if (root === "matrix") return matrix[key];
      if (root === "needs") return needs.get(key);
      return values[path];
    },
    status: (name) => {
      const results = [...needs.values()];
      switch (name) {
        case "always":
          return true;
        case "success":
          return results.every((result) => result === "succeeded");
        case "failure":
          return results.includes("failed");
      }
    },
  };
}

/** What a fire is to expressions and to commands: `fire.weekday` and the others. */
export function fireValues({ at, timeZone, reason }: Fire): Record<string, Value> {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((each) => each.type === type)?.value ?? "";
  return {
    "fire.weekday": part("weekday").toLowerCase(),
    "fire.date": `${part("year")}-${part("month")}-${part("day")}`,
    "fire.time": `${part("hour")}:${part("minute")}`,
    "fire.at": at.toISOString(),
    "fire.reason": reason,
  };
}
