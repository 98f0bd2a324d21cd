/** What the log says of a hold. Every move writes its receipt in the same transaction, so a row that says something else was not written by this gate. */
import { type ReceiptBody, receiptBody } from "@nightgate/evidence/receipts";
import type { HoldState } from "@nightgate/shared/hold-states";
import type { ReceiptRow } from "./ports.ts";

/** The readable bodies, oldest first; erased ones are left out. */
export function bodiesOf(rows: readonly ReceiptRow[]): ReceiptBody[] {
  return rows.flatMap((row) => receiptBody.safeParse(row.body).data ?? []);
}

/** The state in which the receipts of one hold leave it; null when it was never opened. */
export function stateInLog(bodies: readonly ReceiptBody[]): HoldState | null {
  return bodies.reduce<HoldState | null>((state, body) => stateAfter(body) ?? state, null);
}

function stateAfter(body: ReceiptBody): HoldState | null {
  switch (body.kind) {
    case "hold.opened":
      return "pending";
    case "hold.decided":
      if (body.verdict.verdict === "reject") return "rejected";
      return body.pending ? "pending" : "approved";
    case "hold.granted":
      return "approved";
    case "hold.rejected":
      return "rejected";
    case "hold.moved":
      return body.to;
    case "release.started":
      return "releasing";
    case "release.ended":
      return body.outcome.state;
    case "hold.settled":
      return body.outcome;
    case "grant.revoked":
    case "organization.founded":
    case "policy.applied":
    case "secret.applied":
    case "refused":
    case "member.joined":
    case "person.signed":
    case "recovery.requested":
    case "recovery.applied":
    case "organization.renamed":
      return null;
    default:
      return unknownKind(body);
  }
}

function unknownKind(body: never): never {
  return body;
}
