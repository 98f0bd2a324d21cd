/** What a member can ask about schedules, one function per act. Web only asks: the runner does it or says why not. */
import type { ControlTransaction } from "@nightgate/db/control";
import type { JobsInboxMessage } from "@nightgate/shared/jobs-inbox";
import { Problem } from "@nightgate/shared/problems";
import { nextFires } from "@nightgate/shared/schedule-times";
import { mustBeAllowed } from "../../server/may.ts";
import { asMember, type Member } from "../../server/member.ts";
import { urlOfRepository } from "../workstations/queries.ts";
import { cronWords, hasSeconds, instantWords } from "./present.ts";
import type { CreateScheduleInput, Preview } from "./schema.ts";

const PREVIEWED = 5;

/** The next five fires, as the runner will reckon them. Problem schedule.invalid with what is wrong. */
export function previewSchedule(input: { cron: string; timeZone: string }): Preview {
  const fires = nextFires(input.cron, input.timeZone, new Date(), PREVIEWED);
  return {
    words: cronWords(input.cron),
    fires: fires.map((fire) => instantWords(fire, input.timeZone, hasSeconds(input.cron))),
  };
}

/** Asks for a schedule and the job that it runs. The ids are the browser's; asking again with the same ones does nothing new. */
export async function createSchedule(member: Member, input: CreateScheduleInput): Promise<void> {
  mustBeAllowed(member, "jobs.act");
  refuseTimes(input.when);
  await asMember(member, async (tx) => {
    const workstation = await tx.controlWorkstations.findFirst({
      where: { id: input.workstation, wanted: { not: "removed" } },
      select: { id: true },
    });
    if (!workstation) throw new Problem("not-found", { what: "such workstation" });
    const repositoryUrl = await urlOfRepository(tx, input.workstation, input.repository);
    const asked = await tx.jobsInbox.findFirst({
      where: { body: { path: ["schedule"], equals: input.schedule } },
      select: { id: true },
    });
    if (asked) return;
    await ask(tx, member, { kind: "schedule.create", person: member.person, repositoryUrl, ...input });
  });
}

/** What passed while it was paused is not made up for. */
export async function pauseSchedule(
  member: Member,
  input: { schedule: string; paused: boolean },
): Promise<void> {
  await askOf(member, { kind: "schedule.pause", person: member.person, ...input });
}

/** Its job and its runs stay. */
export async function deleteSchedule(member: Member, schedule: string): Promise<void> {
  await askOf(member, { kind: "schedule.delete", person: member.person, schedule });
}

/** A run now, besides its times. */
export async function fireSchedule(member: Member, input: { schedule: string; run: string }): Promise<void> {
  await askOf(member, { kind: "schedule.fire", person: member.person, ...input });
}

/** Said before anything is asked, so that the form can say it in place. */
function refuseTimes(when: CreateScheduleInput["when"]): void {
  const now = new Date();
  const zone = "cron" in when ? when.cron : "@daily";
  const next = nextFires(zone, when.timeZone, now, 1)[0];
  if ("at" in when ? when.at <= now.getTime() : next === undefined)
    throw new Problem("schedule.invalid", { why: "its time is in the past" });
}

/** Invariant 9: a schedule of another organization is not seen here, so it is answered as one that does not exist. */
async function askOf(
  member: Member,
  message: Extract<JobsInboxMessage, { kind: "schedule.pause" | "schedule.delete" | "schedule.fire" }>,
): Promise<void> {
  mustBeAllowed(member, "jobs.act");
  await asMember(member, async (tx) => {
    const row = await tx.jobsSchedules.findFirst({
      where: { id: message.schedule, deletedAt: null },
      select: { id: true },
    });
    if (!row) throw new Problem("not-found", { what: "such schedule" });
    await ask(tx, member, message);
  });
}

async function ask(tx: ControlTransaction, member: Member, message: JobsInboxMessage): Promise<void> {
  await tx.jobsInbox.createMany({ data: [{ organizationId: member.organization, body: message }] });
}
