/** What ends a night before it has begun, found while somebody is still awake. Pure: facts in, a line for each check out. */
import type { AgentOffer } from "../shell/present.ts";
import type { ResourceView } from "../workstations/present.ts";

/** `good`: nothing to do. `bad`: the night would end on it. `warn`: worth a look. `neutral`: nobody can know, or a matter of taste. */
export type CheckTone = "good" | "warn" | "bad" | "neutral";

export interface Check {
  id: string;
  title: string;
  tone: CheckTone;
  words: string;
  /** When it was last seen to be so; milliseconds since the epoch. */
  at: number | null;
  /** Where it is changed. */
  fix: { href: string; label: string; gate: boolean } | null;
}

export interface EveningFacts {
  now: number;
  workstations: { id: string; name: string; state: string }[];
  resources: ResourceView[];
  /** The newest answer of each model within a day, by resource. */
  modelAnswers: Map<string, { status: number; at: number }>;
  /** The newest push of each repository that went out or failed, by resource. */
  pushes: Map<string, { went: boolean; words: string; at: number }>;
  /** The agents of the workstation that is ready. */
  agents: AgentOffer | null;
  /** Devices of this person that showed a message and signed a test. */
  devices: { name: string; rings: boolean; at: number }[];
  approvers: { person: string; name: string; passkeys: number }[];
  person: string;
  night: { budgetDollars: number | null } | null;
  /** Grants that are open: what they allow, and until when. */
  grants: { title: string; until: number }[];
  waitingHolds: number;
  openQuestions: number;
  /** What begins by itself, and what is in line or at work. */
  next: { name: string; at: number }[];
  going: number;
}

const DAY_MS = 86_400_000;
/** A phone that was tried longer ago than this may have been changed since. */
const DEVICE_DAYS_MAX = 30;
const KEY_REFUSED = new Set([401, 403]);
const NO_CREDIT = 402;
const LIMITED = 429;

/** The checks, in the order in which they would end a night. */
export function eveningChecks(facts: EveningFacts): Check[] {
  return [
    workstationCheck(facts),
    ...modelChecks(facts),
    agentCheck(facts),
    ...repositoryChecks(facts),
    phoneCheck(facts),
    approverCheck(facts),
    grantCheck(facts),
    budgetCheck(facts),
    waitingCheck(facts),
    workCheck(facts),
  ];
}

const page = (href: string, label: string): Check["fix"] => ({ href, label, gate: false });
const gate = (href: string, label: string): Check["fix"] => ({ href, label, gate: true });

function workstationCheck({ workstations }: EveningFacts): Check {
  const ready = workstations.filter(({ state }) => state === "ready").map(({ name }) => name);
  return {
    id: "workstation",
    title: "A workstation is ready",
    tone: ready.length > 0 ? "good" : "bad",
    words:
      ready.length > 0
        ? `${ready.join(", ")} ${ready.length === 1 ? "is" : "are"} connected.`
        : "None is connected, so nothing would begin.",
    at: null,
    fix: ready.length > 0 ? null : page("/workstations", "Look at workstations"),
  };
}

function modelChecks({ resources, modelAnswers }: EveningFacts): Check[] {
  const models = resources.filter(({ kind }) => kind === "model");
  if (models.length === 0)
    return [
      {
        id: "model",
        title: "A model is open to agents",
        tone: "bad",
        words: "There is none, so no agent could think.",
        at: null,
        fix: page("/setup", "Go to set-up"),
      },
    ];
  return models.map((model): Check => {
    const answer = modelAnswers.get(model.id);
    const [tone, words] = modelWords(model, answer?.status ?? null);
    return {
      id: `model-${model.id}`,
      title: `The key of ${model.name} is valid`,
      tone,
      words,
      at: model.credential === true ? (answer?.at ?? null) : null,
      fix: tone === "bad" ? gate("/vault", "Replace the key at the gate") : null,
    };
  });
}

function modelWords(model: ResourceView, status: number | null): [CheckTone, string] {
  if (model.credential !== true) return ["bad", "The gate has no key for it."];
  if (status === null) return ["neutral", "It has a key, which nobody has used within a day."];
  if (KEY_REFUSED.has(status)) return ["bad", `The provider refused the key (${status}).`];
  if (status === NO_CREDIT) return ["bad", "The provider says that there is no credit left (402)."];
  if (status === LIMITED)
    return ["warn", "The provider asked to wait (429); tasks go on by themselves when it is over."];
  if (status >= 500) return ["warn", `The provider's last answer was an error of its own (${status}).`];
  return status < 400
    ? ["good", "It answered."]
    : ["warn", `The provider's last answer was a refusal (${status}).`];
}

function agentCheck({ agents }: EveningFacts): Check {
  const offered = agents !== null && !(agents.withoutModel?.startsWith("No model") ?? false);
  return {
    id: "agent",
    title: "Agents have a model",
    tone: offered ? "good" : "bad",
    words: !offered
      ? "No agent of a connected workstation has a model that it can speak to."
      : `${agents.agents.join(", ")}: signed in through the gate. ${agents.withoutModel ?? ""}`.trim(),
    at: null,
    fix: offered ? null : page("/setup", "Go to set-up"),
  };
}

function repositoryChecks({ resources, pushes }: EveningFacts): Check[] {
  return resources
    .filter(({ kind }) => kind === "git")
    .map((repository): Check => {
      const push = pushes.get(repository.id);
      const [tone, words] = repositoryWords(repository, push ?? null);
      return {
        id: `repository-${repository.id}`,
        title: `${repository.name} can be reached`,
        tone,
        words,
        at: push?.at ?? null,
        fix: tone === "warn" ? gate("/vault", "Look at its credential at the gate") : null,
      };
    });
}

function repositoryWords(
  repository: ResourceView,
  push: { went: boolean; words: string } | null,
): [CheckTone, string] {
  if (push !== null && !push.went) return ["warn", `The last push could not be sent. ${push.words}`.trim()];
  if (push !== null) return ["good", "The last push went out."];
  if (repository.credential !== true)
    return [
      "warn",
      "The gate has no credential for it: it can be read if it is public, and not be pushed to.",
    ];
  return ["neutral", "It has a credential; nothing was pushed to it yet."];
}

function phoneCheck({ devices, now }: EveningFacts): Check {
  const device = devices.find(({ rings }) => rings) ?? devices[0];
  const title = "Your phone rings and signs";
  const fix = gate("/notifications", "Send a test at the gate");
  if (device === undefined)
    return {
      id: "phone",
      title,
      tone: "bad",
      words: "No device of yours has shown a test message and signed it. A hold would wait until you look.",
      at: null,
      fix,
    };
  const old = now - device.at > DEVICE_DAYS_MAX * DAY_MS;
  const tone = device.rings && !old ? "good" : "warn";
  return {
    id: "phone",
    title,
    tone,
    words: device.rings
      ? `${device.name} showed a test message, and its passkey signed it.${old ? " That was long ago." : ""}`
      : `${device.name} signed a test and does not ring: you would have to look.`,
    at: device.at,
    fix: tone === "good" ? null : fix,
  };
}

function approverCheck({ approvers, person }: EveningFacts): Check {
  const own = approvers.find((each) => each.person === person);
  return {
    id: "approver",
    title: "You can approve",
    tone: own === undefined ? "warn" : "good",
    words:
      own === undefined
        ? otherApprovers(approvers.map(({ name }) => name))
        : own.passkeys === 1
          ? "With one passkey. A second one is there when the first is lost."
          : `With ${own.passkeys} passkeys.`,
    at: null,
    fix: own === undefined ? gate("/approvers", "See approvers at the gate") : null,
  };
}

function otherApprovers(names: readonly string[]): string {
  if (names.length === 0) return "Nobody is an approver yet: every hold waits until somebody is.";
  return `You are no approver: holds wait for ${names.length === 1 ? "" : "one of "}${names.join(", ")}.`;
}

function grantCheck({ grants }: EveningFacts): Check {
  return {
    id: "grants",
    title: "Grants for the night",
    tone: grants.length > 0 ? "good" : "neutral",
    words:
      grants.length > 0
        ? `${grants.map(({ title }) => title).join("; ")}.`
        : "None is open: every push waits until you have approved it.",
    at: null,
    fix: gate("/grants", grants.length > 0 ? "See grants at the gate" : "Allow pushes in advance"),
  };
}

function budgetCheck({ night }: EveningFacts): Check {
  const dollars = night?.budgetDollars ?? null;
  return {
    id: "budget",
    title: "A budget is set",
    tone: dollars === null ? "warn" : "good",
    words:
      dollars === null
        ? "There is none: a night may cost whatever it costs."
        : `All tasks of a night may cost $${dollars.toFixed(2)} together; then they are parked, and you are asked.`,
    at: null,
    fix: dollars === null ? page("#night", "Set one below") : null,
  };
}

function waitingCheck({ waitingHolds, openQuestions }: EveningFacts): Check {
  const things = [
    waitingHolds > 0 && `${waitingHolds} ${waitingHolds === 1 ? "hold waits" : "holds wait"}`,
    openQuestions > 0 && `${openQuestions} ${openQuestions === 1 ? "question is" : "questions are"} open`,
  ].filter((thing) => thing !== false);
  return {
    id: "waiting",
    title: "Nothing waits for you",
    tone: things.length > 0 ? "warn" : "good",
    words: things.length > 0 ? `${things.join(", ")}.` : "No hold and no question is open.",
    at: null,
    fix: things.length > 0 ? page("/", "Decide and answer now") : null,
  };
}

function workCheck({ next, going }: EveningFacts): Check {
  const any = next.length + going > 0;
  const first = next[0];
  return {
    id: "work",
    title: "There is work for the night",
    tone: any ? "good" : "warn",
    words: !any
      ? "Nothing is queued and nothing begins within a day."
      : [
          going > 0 && `${going} ${going === 1 ? "task is" : "tasks are"} queued or at work`,
          first && `next begins ${first.name}`,
        ]
          .filter(Boolean)
          .join("; ") + ".",
    at: going > 0 ? null : (first?.at ?? null),
    fix: any ? null : page("/jobs", "Queue a task"),
  };
}
