/** People who are asked, answer and set things, for tests over a runner's world. */
import { randomUUID } from "node:crypto";
import { type RunnerWorld, until } from "./runner-world.ts";

export interface SeenMessage {
  id: string;
  kind: string;
  purpose: string;
  text: string;
  choices: string[];
  answer: string | null;
  closed_reason: string | null;
}

export interface People {
  /** Everything that was said to them, oldest first. */
  messages(): Promise<SeenMessage[]>;
  /** Waits for a question that nobody has answered. */
  openQuestion(): Promise<SeenMessage>;
  /** Answers, and says why not, or null. */
  answer(question: string, words: string): Promise<string | null>;
  /** Asks for a verb as a person, through web's inbox, and waits for the outcome. */
  verb(verb: string, args: object, role?: string): Promise<Record<string, unknown>>;
}

/** The people of that world's organization, all of them Ada. */
export function peopleOf(world: RunnerWorld): People {
  const messages = async (): Promise<SeenMessage[]> =>
    await world.query<SeenMessage>(
      "SELECT id, kind, purpose, text, choices, answer, closed_reason FROM jobs.human_messages ORDER BY created_at",
    );
  const open = async (): Promise<SeenMessage[]> =>
    (await messages()).filter(
      ({ kind, answer, closed_reason: closed }) => kind === "question" && answer === null && closed === null,
    );
  const outcomeOf = async (id: string): Promise<Record<string, unknown> | null> =>
    (await world.query<{ outcome: never }>("SELECT outcome FROM jobs.verb_calls WHERE id = $1", [id]))[0]
      ?.outcome ?? null;
  const handled = async (id: string): Promise<{ error: string | null }[]> =>
    await world.query<{ error: string | null }>(
      "SELECT error FROM jobs.inbox WHERE id = $1 AND handled_at IS NOT NULL",
      [id],
    );
  return {
    messages,
    openQuestion: async () => {
      await until(async () => (await open()).length > 0, true);
      const [first] = await open();
      if (first === undefined) throw new Error("The question was answered in the meantime.");
      return first;
    },
    answer: async (question, words) => {
      const id = await world.ask({ kind: "question.answer", question, person: world.person, answer: words });
      await until(async () => (await handled(id)).length, 1);
      return (await handled(id))[0]?.error ?? null;
    },
    verb: async (verb, args, role = "owner") => {
      const id = randomUUID();
      await world.ask({ kind: "verb.call", id, person: world.person, role, verb, args } as never);
      await until(async () => (await outcomeOf(id)) !== null, true);
      return (await outcomeOf(id)) ?? {};
    },
  };
}
