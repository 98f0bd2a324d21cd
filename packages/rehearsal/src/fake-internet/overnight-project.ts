/**
 * A night's project as the scripted model plays it: an orchestrator that hands work to the agent of another workstation, asks it, is asked
 * by it, and tells people of each major step; and a question about how things stand that somebody has set for the early morning.
 * Everything is done with the tools that agents have of Nightgate.
 */
import type { Standing } from "./conversation.ts";
import { bash, call, edit, PUSH, say, type Script, type Step } from "./steps.ts";

const TITLE = { survey: "Survey v1 in project-a", migrate: "Migrate project-a to v2" };

/** What a tool has answered, without the backslashes that quoting has put into it. */
const plain = ({ toolResult }: Standing): string => toolResult.replaceAll("\\", "");

/** Peers as `list_peers` has told of them. */
function peers(standing: Standing): { name: string; kind: string; state: string; you: boolean }[] {
  const found = plain(standing).matchAll(
    /"peer_name":\s*"([^"]+)",\s*"kind":\s*"(\w+)"[^}]*?"state":\s*"(\w+)"[^}]*?"you":\s*(true|false)/g,
  );
  return [...found].map(([, name = "", kind = "", state = "", you]) => ({
    name,
    kind,
    state,
    you: you === "true",
  }));
}

const otherWorkstation = (standing: Standing): string =>
  peers(standing).find(({ kind, you }) => kind === "workstation" && !you)?.name ?? "nobody";
const began = ({ prompt }: Standing): string => /you began on (\S+) has ended/.exec(prompt)?.[1] ?? "nobody";
const asked = ({ prompt }: Standing): string => /Question (msg_\w+)/.exec(prompt)?.[1] ?? "msg_unknown";
const told = ({ prompt }: Standing): string[] =>
  [...prompt.matchAll(/^> (.*)$/gm)].map(([, line = ""]) => line);

const notify =
  (text: string): Step =>
  () =>
    call("I tell the people.", "notify_human", { text });
const listPeers: Step = () => call("I look who is there.", "list_peers", {});

const begin: Step[] = [
  listPeers,
  (standing) =>
    call("The other workstation does the work. First it looks at what there is.", "job_create", {
      prompt:
        "Survey what still speaks v1 in project-a. Change nothing, and say with job_result what there is to do.",
      title: TITLE.survey,
      workstation: otherWorkstation(standing),
      agent: "codex",
      notify: true,
    }),
  notify("Step 1 of 3: the migration has begun. The other workstation surveys what still speaks v1."),
  say("The survey is under way. I end my turn: its end is my next prompt."),
];

const handOver: Step[] = [
  notify("Step 2 of 3: the survey is done. The migration itself begins."),
  () => call("Who am I to the others?", "whoami", {}),
  (standing) =>
    call("Now the change itself.", "job_create", {
      prompt: `Migrate project-a to v2 as the survey has it, and push it to main: that waits for a person's signature, and nothing goes around it. Ask ${/job_[0-9a-z]+/.exec(standing.toolResult)?.[0] ?? "nobody"} what you do not know.`,
      title: TITLE.migrate,
      workstation: began(standing),
      agent: "codex",
      notify: true,
    }),
  say("The migration is under way. I end my turn."),
];

const answerHow: Step[] = [
  (standing) =>
    call("I have to look that up, and say so.", "ack", {
      correlation_id: asked(standing),
      message: "Looking it up.",
    }),
  (standing) =>
    call("", "answer", {
      correlation_id: asked(standing),
      message: "Two decimals and EUR. The version becomes 2.0.0.",
    }),
  say("Answered. I wait for the migration's end."),
];

const askForCheck: Step[] = [
  (standing) =>
    call("It is on main. I let it be checked there, by whoever knows it.", "ask", {
      peer_name: began(standing),
      query: "Do the tests pass on main as it is upstream now? Look, and say how many.",
    }),
  say("I wait for the answer."),
];

const finish: Step[] = [
  notify("Step 3 of 3: v2 is on main, signed for by you, and its tests pass there."),
  (standing) =>
    call("", "job_result", {
      status: "succeeded",
      summary: `project-a speaks v2. The push to main was signed by a person. ${told(standing).join(" ")}`,
    }),
  say("The migration is done."),
];

const survey: Step[] = [
  bash(
    "I am the rehearsal's script. I look for v1.",
    "grep -rn 'String(price)\\|\"version\"' src package.json",
  ),
  // A new session of codex may begin its turn before its tools are there: the command always is.
  bash(
    "",
    "nightgate jobs result succeeded 'Survey: two places speak v1, `format` in src/prices.js and the version in package.json.'",
  ),
  say("The survey is done."),
];

const migrate: Step[] = [
  ({ prompt }) => ({
    text: "I do not know how v2 prints prices, and ask before I change anything.",
    tool: {
      name: "Bash",
      input: {
        command: `nightgate peer ask ${/Ask (job_\w+)/.exec(prompt)?.[1] ?? "nobody"} 'How does v2 print prices, and which version is it?'`,
        description: "Ask the orchestrator",
      },
    },
  }),
  say("I wait for the answer."),
];

const migrateAsTold: Step[] = [
  bash(
    "Now I know. First how prices are printed.",
    `git status --short; ${edit("src/prices.js", "return String(price);", "return `${price.toFixed(2)} EUR`;")}`,
  ),
  bash(
    "Then the version, and the tests.",
    `sed -i 's/"version": "1.0.0"/"version": "2.0.0"/' package.json && git diff --stat && node --test 2>&1 | tail -15`,
  ),
  bash("They pass. I commit.", "git commit -qam 'Migrate to v2' && git log --oneline -3"),
  bash("I push to main.", PUSH),
  () =>
    call("", "job_update", {
      text: "v2 is committed and its push to main is held for a signature.",
      percent: 90,
    }),
  say("The push is held: it is not pushed yet. I end my turn here."),
];

const migrated: Step[] = [
  () =>
    call("", "job_result", {
      status: "succeeded",
      summary: "Migrated: v2 is on main, as it was signed for.",
    }),
  say("It is pushed. The migration is done."),
];

const check: Step[] = [
  bash(
    "I look at main as it is upstream.",
    "git fetch -q origin && git checkout -q --detach origin/main && grep version package.json && node --test 2>&1 | grep -E '(pass|fail) [0-9]'",
  ),
  (standing) => {
    const passed = /pass (\d+)/.exec(standing.toolResult)?.[1] ?? "no";
    const command = `nightgate peer answer ${asked(standing)} 'On main ${passed} test passes and none fails.'`;
    return { text: "", tool: { name: "Bash", input: { command, description: "Answer" } } };
  },
  say("Answered."),
];

/** The question that is set for six in the morning: every agent that is there is asked, whatever it does. */
const askAll: Step[] = [
  listPeers,
  (standing) =>
    call("I ask everybody who has work.", "ask_many", {
      peer_names: peers(standing)
        .filter(({ kind, state, you }) => kind === "job" && state !== "away" && !you)
        .map(({ name }) => name),
      query: "Status, please: what is done, what waits, and for whom?",
      deadline_minutes: 10,
    }),
  say("I wait for all answers."),
];

const tellAll: Step[] = [
  (standing) =>
    call("", "notify_peer", {
      peer_name: "telegram",
      message: `How things stand: ${told(standing).join(" ")}`,
    }),
  (standing) =>
    call("", "job_result", {
      status: "succeeded",
      summary: `Everybody has answered. ${told(standing).join(" ")}`,
    }),
  say("The status is told."),
];

/** By what the one who is asked has to do with it. */
const answerStatus: Step[] = [
  (standing) =>
    call("", "answer", {
      correlation_id: asked(standing),
      message: standing.task.startsWith("Migrate project-a to v2")
        ? "Committed and tested; the push to main waits for a person's signature."
        : "Survey done, migration under way; I wait for its end.",
    }),
  say("Answered. I wait."),
];

/** By the last prompt. Questions and ends first: they quote what others have said. */
export const OVERNIGHT_PROJECT: Script[] = [
  { when: /^H-[^]{0,300}was approved and pushed/, task: /^Migrate project-a to v2/, steps: migrated },
  { when: /^Question msg_\w+ from the agent[^]*^> Status, please/m, steps: answerStatus },
  { when: /^Question msg_\w+ from the agent[^]*^> How does v2 print/m, steps: answerHow },
  { when: /^Question msg_\w+ from the agent[^]*^> Do the tests pass on main/m, steps: check },
  { when: /answers your question[^]*\("Status, please/, steps: tellAll },
  { when: /answers your question[^]*\("How does v2 print/, steps: migrateAsTold },
  { when: /answers your question[^]*\("Do the tests pass/, steps: finish },
  { when: /^The job that you began on[^]*Survey: two places/, steps: handOver },
  { when: /^The job that you began on[^]*Migrated: v2 is on main/, steps: askForCheck },
  { when: /^Ask every agent that has work for its status/, steps: askAll },
  { when: /^Survey what still speaks v1 in project-a/, steps: survey },
  { when: /^Migrate project-a to v2 as the survey has it/, steps: migrate },
  { when: /^Migrate v1 to v2 on project-a overnight/, steps: begin },
];
