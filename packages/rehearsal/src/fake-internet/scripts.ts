/**
 * What the scripted model does: a list of steps per kind of prompt. It is chosen by words in the task, so that tests and the demo can ask for each.
 * It says plainly that it is a script; nothing in it is a model's work.
 */
import type { Standing } from "./conversation.ts";
import { OVERNIGHT_PROJECT } from "./overnight-project.ts";
import { bash, edit, PUSH, say, type Script, scriptFor, type ScriptedReply, type Step } from "./steps.ts";

const held = ({ toolResult }: Standing): string =>
  /H-[0-9A-HJKMNP-TV-Z]{8}/.exec(toolResult)?.[0] ?? "an unknown hold";

const look = bash(
  "I am the rehearsal's script, not a model. I look at the repository first.",
  "git log --oneline -5 && ls -la && cat src/prices.js",
);
const change = bash(
  "Prices are plain numbers. I add the currency to what `format` prints.",
  edit("src/prices.js", "return String(price);", "return `${price.toFixed(2)} EUR`;"),
);
const test = bash("I run the tests.", "node --test 2>&1 | tail -15");
const commit = bash(
  "They pass. I commit.",
  "git commit -qam 'Print prices with two decimals and a currency' && git log --oneline -3",
);
const push = bash("I push to main.", PUSH);
const endHeld: Step = (standing) => ({
  text: `The push is held as ${held(standing)}: it is not pushed yet. Exactly these commits will be pushed when it is approved, so I end my turn here.`,
});

/** The task of the rehearsal: change, test, commit, push, end the turn while the push is held. */
const single: Step[] = [look, change, test, commit, push, endHeld];

/** Told that the push is held, the agent goes on and pushes again: the second push supersedes the first. */
const keepGoing: Step[] = [
  look,
  change,
  commit,
  push,
  (standing) => ({
    text: `The push is held as ${held(standing)}. I do not wait for it: there is a changelog to write.`,
    tool: {
      name: "Bash",
      input: {
        command:
          "printf '## Next\\n\\n- Prices carry a currency.\\n' > CHANGELOG.md && git add CHANGELOG.md && git commit -qm 'Start a changelog' && git log --oneline -3",
        description: "Write a changelog",
      },
    },
  }),
  bash("I push again. A fast-forward replaces what is held.", PUSH),
  endHeld,
];

/** Does nothing that reaches outside. */
const local: Step[] = [
  bash("I am the rehearsal's script. I write a file and stop.", "date -u > note.txt && cat note.txt"),
  say("The file is written. Nothing left the workstation."),
];

const note = bash(
  "I am the rehearsal's script, not a model. I add a note.",
  "mkdir -p notes && name=notes/$(date +%s%N).md && printf 'Prices are looked at every month.\\n' > $name && git add notes && git commit -qm 'Add a note' && git log --oneline -3",
);
/** A push that any state of the repository takes. */
const notes: Step[] = [note, push, endHeld];

/** The same slowly, in many small steps, for tests that kill something in the middle. */
const slowly: Step[] = [
  ...[1, 2, 3, 4, 5, 6].map((step) => bash(`This is step ${step} of 6.`, `sleep 1 && echo step ${step}`)),
  ...notes,
];

const BRANCHES = ["agent/prices", "agent/notes"] as const;
const ROUNDS = [1, 2, 3, 4, 5] as const;

/** Ten pushes to two branches, and a pull request for each; the API's address is the one in the task. */
const wholeNight: Step[] = [
  bash("I am the rehearsal's script, not a model. I look at the repository first.", "git log --oneline -3"),
  ...BRANCHES.flatMap((branch): Step[] => [
    ...ROUNDS.map((round) =>
      bash(
        `Round ${round} of 5 on ${branch}.`,
        `git checkout -q ${round === 1 ? "-b " : ""}${branch}${round === 1 ? " origin/main" : ""} && mkdir -p night && echo ${round} > night/${branch.split("/").at(-1) ?? ""}-${round}.txt && git add night && git commit -qm 'Round ${round}' && git push origin ${branch} 2>&1`,
      ),
    ),
    ({ task }) => ({
      text: `I ask for a pull request for ${branch}.`,
      tool: {
        name: "Bash",
        input: {
          command: `curl -sS ${/https?:\/\/\S+/.exec(task)?.[0] ?? ""} -d '{"title": "Work on ${branch}", "head": "${branch}", "base": "main", "body": "Five rounds.\\nRead the last one first."}'`,
          description: "Open a pull request",
        },
      },
    }),
  ]),
  say("Ten pushes and two pull requests are held. I end my turn here."),
];

/** Runs the command in backquotes of the task, for tests that attack from inside. */
const command: Step[] = [
  ({ task }) => ({
    text: "I run what I was asked to run.",
    tool: {
      name: "Bash",
      input: { command: /`([^`]+)`/.exec(task)?.[1] ?? "true", description: "Run the command" },
    },
  }),
  ({ toolResult }) => ({ text: `It printed:\n\n${toolResult.slice(0, 4000)}` }),
];

/** What the reviewer asked for goes into the notes; then the same push again. */
const afterRejection: Step[] = [
  ({ prompt }) => ({
    text: "The reviewer wants something changed. I write it down and do it.",
    tool: {
      name: "Bash",
      input: {
        command: `cat > REVIEW.md <<'NOTE'\n${prompt.replaceAll("\nNOTE", " NOTE")}\nNOTE\ngit add REVIEW.md && git commit -qm 'Take up the review' && git log --oneline -3`,
        description: "Take up the review",
      },
    },
  }),
  push,
  endHeld,
];

/** Codex has the conversation named by a model that is offered a shell as well: whoever takes that for a task works twice. */
const NAMING: Script = {
  when: /^Your task is to generate a very short title/,
  steps: [say("Rehearsal")],
};

const SCRIPTS: Script[] = [
  // Before all others: its prompt may say anything.
  {
    when: /You are the job `[^`]+` of the chain /,
    steps: [say("A script plays this worker of the chain. It has nothing to report.")],
  },
  { when: /keep going/i, steps: keepGoing },
  { when: /only locally/i, steps: local },
  { when: /work the whole night/i, steps: wholeNight },
  { when: /run the command/i, steps: command },
  { when: /add a note slowly/i, steps: slowly },
  { when: /add a note/i, steps: notes },
];

const AFTER: Script[] = [
  { when: /H-[0-9A-Z]{8}.{0,300}was rejected/s, steps: afterRejection },
  {
    when: /H-[0-9A-Z]{8}.{0,300}was approved and sent/s,
    steps: [say("It is there. Nothing is left of the task.")],
  },
  {
    when: /H-[0-9A-Z]{8}.{0,300}(was approved and pushed|is pushed|was pushed|released)/s,
    steps: [
      say(
        "It is pushed. The task is done: prices are printed with two decimals and a currency, and the tests pass.",
      ),
    ],
  },
  {
    when: /H-[0-9A-Z]{8}.{0,300}could not be delivered/s,
    steps: [
      say("It was approved and did not arrive. A person has to look at it; a script cannot improvise."),
    ],
  },
  {
    when: /nobody answered/i,
    steps: [
      say(
        "Nobody answered in time, so nothing was pushed. The commits are still here; push again when somebody can look.",
      ),
    ],
  },
];

/** The next reply for a conversation that stands as `standing`. A script that is over says so and ends the turn. */
export function nextReply(standing: Standing): ScriptedReply {
  const script = scriptFor([NAMING, ...OVERNIGHT_PROJECT, ...AFTER, ...SCRIPTS], standing) ?? {
    steps: single,
  };
  if (standing.toolFailed && script.steps !== command)
    return {
      text: `That command failed, and a script cannot improvise. It said:\n\n${standing.toolResult.slice(0, 1000)}`,
    };
  const step = script.steps[standing.step];
  return step ? step(standing) : { text: "The script ends here." };
}
