/** A question to the people of an organization, or a note that needs no answer: what a page shows and nothing else. */
export interface QuestionView {
  id: string;
  kind: "question" | "note";
  /** `agent`: in an agent's words; `nightgate`: the run engine asks. */
  from: "agent" | "nightgate";
  workstation: string;
  job: string | null;
  run: string | null;
  text: string;
  choices: string[];
  urgent: boolean;
  /** Milliseconds since the epoch, here and in every `At` below. Unanswered until then, the answer is no. */
  deadline: number | null;
  createdAt: number;
  answer: string | null;
  answeredBy: string | null;
  answeredAt: number | null;
  /** Why it waits no more, where nobody answered it. */
  closed: string | null;
}
