import { openJobsDatabase, type JobsDatabase } from "@nightgate/db/jobs";
/** Catching up over a real database with real announcements: nothing is lost and nothing comes twice, whatever happened to the connection. */
import type {} from "@nightgate/db/testing-setup";
import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import type { Member } from "../../server/member.ts";
import { seed } from "../../testing/seed.ts";
import { headersModule, openTestWeb, type TestWeb } from "../../testing/test-web.ts";
import type { NumberedEvent } from "./present.ts";
import type { StreamMessage } from "./stream.ts";

vi.mock("next/headers", () => headersModule(new Map()));

let web: TestWeb;
let runner: JobsDatabase;
let member: Member;
let job: string;
let run: string;

beforeAll(async () => {
  web = await openTestWeb(inject("postgres"), new Map());
  const seeded = await seed(web.database.urls, "full", 1_200);
  runner = openJobsDatabase(web.database.urls.runner);
  member = {
    person: seeded.person,
    personName: "Robin",
    organization: seeded.organization,
    organizationName: "Acme",
    role: "owner",
  };
  job = seeded.jobs["long"] ?? "";
  run = (
    await runner.asOrganization(
      member.organization,
      async (tx) => await tx.jobsRuns.findFirstOrThrow({ where: { jobId: job } }),
    )
  ).id;
});
afterAll(async () => {
  await runner.close();
  await web.close();
});

async function say(from: number, count: number): Promise<void> {
  const data = Array.from({ length: count }, (_, index) => ({
    organizationId: member.organization,
    runId: run,
    seq: from + index,
    at: new Date(),
    body: { kind: "agent.message", text: `message ${from + index}` },
  }));
  await runner.asOrganization(member.organization, async (tx) => await tx.jobsEvents.createMany({ data }));
}

interface Reading {
  seqs: number[];
  cursor: string;
  states: string[];
}

/** Reads until `until` says so, then closes the connection. */
async function read(
  after: string,
  until: (reading: Reading) => boolean,
  meanwhile?: () => Promise<void>,
): Promise<Reading> {
  const { openTaskStream } = await import("./views.ts");
  const leaving = new AbortController();
  const stream = await openTaskStream(member, job, after, leaving.signal);
  const reading: Reading = { seqs: [], cursor: after, states: [] };
  let begun = false;
  for await (const message of stream) {
    take(reading, message);
    if (message.event === "ready" && meanwhile && !begun) {
      begun = true;
      await meanwhile();
    }
    if (until(reading)) break;
  }
  leaving.abort();
  return reading;
}

function take(reading: Reading, message: StreamMessage): void {
  if (message.event === "task") reading.states.push((message.data as { state: string }).state);
  if (message.event === "events")
    reading.seqs.push(...(message.data as { events: NumberedEvent[] }).events.map((event) => event.seq));
  reading.cursor = message.id ?? reading.cursor;
}

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

test("a page that was away gets exactly what it missed, and then what happens (invariant 10)", async () => {
  const first = await read("", (reading) => reading.seqs.length >= 500);
  expect(first.seqs).toEqual(numbers(1, 500));

  await say(1_201, 3);
  const second = await read(first.cursor, (reading) => reading.seqs.at(-1) === 1_203);
  expect(second.seqs).toEqual(numbers(501, 1_203));

  const third = await read(
    second.cursor,
    (reading) => reading.seqs.at(-1) === 1_205,
    async () => await say(1_204, 2),
  );
  expect(third.seqs).toEqual([1_204, 1_205]);
});

test("a state that changes is told without being asked for", async () => {
  const seen = await read(
    "",
    (reading) => reading.states.includes("awaiting_input"),
    async () => {
      await runner.asOrganization(
        member.organization,
        async (tx) => await tx.jobsRuns.update({ where: { id: run }, data: { state: "awaiting_input" } }),
      );
    },
  );
  expect(seen.states[0]).toBe("running");
});

test("who leaves, leaves no listener behind", async () => {
  const { live } = await import("../../server/live.ts");
  await read("", (reading) => reading.seqs.length > 0);
  const heard: string[] = [];
  for (let page = 0; page < 500; page += 1) live().follow(member.organization, () => heard.push("x"));
  expect(() => live().follow(member.organization, () => undefined)).toThrow(/too many/);
});
