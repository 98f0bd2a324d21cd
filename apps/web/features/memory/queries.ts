/** What the page of the memory needs beside the verbs: how repositories are called. */
import { asMember, type Member } from "../../server/member.ts";
import { readPolicy } from "../workstations/queries.ts";

/** Names of the organization's resources by id; what the policy does not have any more goes by its id. */
export async function resourceNames(member: Member): Promise<Record<string, string>> {
  const policy = await asMember(member, async (tx) => await readPolicy(tx));
  return Object.fromEntries((policy?.resources ?? []).map(({ id, name }) => [id, name]));
}
