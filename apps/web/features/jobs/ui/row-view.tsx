"use client";
/** One row of a conversation, whatever it is. */
import { memo, type ReactNode } from "react";
import type { TaskView } from "../present.ts";
import type { Row } from "../rows.ts";
import { AskRow } from "./ask-row.tsx";
import { HoldRow } from "./hold-row.tsx";
import { QuestionRow } from "./question-row.tsx";
import {
  FailedRow,
  MessageRow,
  NoteRow,
  OutcomeRow,
  PlanRow,
  PromptRow,
  RunRow,
  ThoughtRow,
} from "./said-rows.tsx";
import { ToolRow } from "./tool-row.tsx";

interface Props {
  row: Row;
  task: TaskView;
  open: boolean;
  toggle: (key: string) => void;
}

export const RowView = memo(
  function RowView({ row, task, open, toggle }: Props): ReactNode {
    switch (row.kind) {
      case "run":
        return <RunRow run={row.run} />;
      case "prompt":
        return <PromptRow prompt={row.prompt} text={row.text} source={row.source} at={row.at} />;
      case "message":
        return <MessageRow text={row.text} />;
      case "thought":
        return <ThoughtRow text={row.text} open={open} onToggle={() => toggle(row.key)} />;
      case "note":
        return <NoteRow text={row.text} />;
      case "failed":
        return <FailedRow text={row.text} />;
      case "plan":
        return <PlanRow entries={row.entries} />;
      case "tool":
        return (
          <ToolRow job={task.id} run={row.run} tool={row.tool} open={open} onToggle={() => toggle(row.key)} />
        );
      case "hold":
        return <HoldRow hold={row.hold} />;
      case "question":
        return <QuestionRow question={row.question} mayAnswer={task.can.answer} />;
      case "outcome":
        return <OutcomeRow run={row.run} words={row.words} />;
      case "ask":
        return <AskRow ask={row.ask} job={task.id} />;
    }
  },
  // The task's other fields change with every token counted; a row needs its id alone.
  (before, after) =>
    before.row === after.row &&
    before.open === after.open &&
    before.toggle === after.toggle &&
    before.task.id === after.task.id,
);
