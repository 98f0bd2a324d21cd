/** What a member wants of workstations. Web writes only what is wanted; the provisioner makes it so. */
import { Problem } from "@nightgate/shared/problems";
import { limits } from "../../limits.ts";
import { mustBeAllowed } from "../../server/may.ts";
import { asMember, type Member } from "../../server/member.ts";
import type { CreateWorkstationInput } from "./schema.ts";

/** Wants a new workstation. Asking again with the same id and name changes nothing. */
export async function createWorkstation(
  member: Member,
  input: CreateWorkstationInput,
): Promise<{ workstation: string }> {
  mustBeAllowed(member, "workstations.change");
  await asMember(member, async (tx) => {
    const live = await tx.controlWorkstations.findMany({
      where: { wanted: { not: "removed" } },
      select: { id: true, name: true },
    });
    if (live.some((row) => row.id === input.workstation && row.name === input.name)) return;
    if (live.some((row) => row.name === input.name))
      throw new Problem("workstation.name-taken", { name: input.name });
    if (live.length >= limits.workstationsMax)
      throw new Problem("too-many", { what: "workstations", limit: limits.workstationsMax });
    const made = await tx.controlWorkstations.createMany({
      data: {
        organizationId: member.organization,
        id: input.workstation,
        name: input.name,
        cpus: input.cpus,
        memoryBytes: BigInt(input.memoryBytes),
        createdBy: member.person,
      },
      skipDuplicates: true,
    });
    // Removed long ago, or another organization's: either way this id is nobody's to have again (invariant 9).
    if (made.count === 0)
      throw new Problem("input.invalid", { why: "this id is used up; ask with a fresh one" });
  });
  return { workstation: input.workstation };
}

/** Wants it to run, to stop, or to be gone. Gone is for ever. */
export async function wantWorkstation(
  member: Member,
  input: { workstation: string; wanted: "running" | "stopped" | "removed" },
): Promise<void> {
  mustBeAllowed(member, input.wanted === "removed" ? "workstations.remove" : "workstations.change");
  await asMember(member, async (tx) => {
    // Invariant 9: another organization's row is not seen by this update, so it counts as none.
    const changed = await tx.controlWorkstations.updateMany({
      where: { id: input.workstation, wanted: { not: "removed" } },
      data: { wanted: input.wanted },
    });
    if (changed.count === 0) throw new Problem("not-found", { what: "such workstation" });
  });
}
