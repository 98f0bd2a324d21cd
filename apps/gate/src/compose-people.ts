/** Makes what is about persons: joining, their organizations, sessions and passkeys, candidates for approver, recovery. */
import type { GateDatabase } from "@nightgate/db/gate";
import type { Clock } from "@nightgate/shared/clock";
import type { ClockCheck } from "./core/clock-check.ts";
import type { HoldsCore } from "./core/holds.ts";
import { LIMITS } from "./core/limits.ts";
import type { PeopleServices } from "./core/people-ports.ts";
import type { PoliciesCore } from "./core/policies.ts";
import type { Hold, PolicyChanges } from "./core/ports.ts";
import type { CoreLog, GateIdentity, Pins, Store } from "./core/store-ports.ts";
import { openRecoveryFiles } from "./journal/recovery-files.ts";
import { createCandidacies } from "./passkeys/candidacies.ts";
import { createDeviceTests } from "./passkeys/device-tests.ts";
import { createEnrolmentLinks } from "./passkeys/enrolment-links.ts";
import { createJoining } from "./passkeys/joining.ts";
import { createOrganizations } from "./passkeys/organizations.ts";
import { createOwnPasskeys } from "./passkeys/own-passkeys.ts";
import { createRecoveryRounds } from "./passkeys/recovery-rounds.ts";
import { createRecovery } from "./passkeys/recovery.ts";
import { createStatements } from "./passkeys/statements.ts";
import type { Challenges } from "./store/challenges.ts";
import type { People } from "./store/people.ts";
import type { Sessions } from "./store/sessions.ts";

interface Parts {
  settings: { folder: string; recoveryDelayMs?: number | null };
  tools: { clock: Clock; log: CoreLog };
  identity: GateIdentity;
  db: GateDatabase;
  store: Store;
  pins: Pins;
  policies: PoliciesCore;
  holds: HoldsCore;
  people: People;
  challenges: Challenges;
  sessions: Sessions;
  policyChanges: PolicyChanges;
  checkClock: ClockCheck;
  approves(person: string, organization: string): Promise<boolean>;
  ensureFounding(organization: string): Promise<Hold | null>;
}

export function composePeople(parts: Parts): PeopleServices {
  const { settings, tools, sessions } = parts;
  const { clock, log } = tools;
  const shared = { ...parts, clock, log };
  const statements = createStatements(parts);
  const links = createEnrolmentLinks(shared);
  const files = openRecoveryFiles(settings.folder);
  const rounds = createRecoveryRounds({ ...shared, files });
  const delayMs = settings.recoveryDelayMs ?? LIMITS.recoveryDelayMs;
  return {
    deviceTests: createDeviceTests(shared),
    joining: createJoining(shared),
    organizations: createOrganizations({ ...parts, statements }),
    sessions: {
      list: async (token) => await sessions.list(token),
      end: async (token, which) => await sessions.endOthers(token, which),
    },
    ownPasskeys: createOwnPasskeys({ ...parts, statements, links }),
    candidacies: createCandidacies({ ...shared, statements }),
    recovery: createRecovery({ ...shared, files, statements, rounds, delayMs }),
  };
}
