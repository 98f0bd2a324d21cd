"use client";
/** A task that stays current: the page's first look, then the stream; drawn at most once per frame however fast events come. */
import { useEffect, useRef, useState } from "react";
import { type Connection, openLiveStream } from "../../../browser/live-stream.ts";
import type { SseMessage } from "../../../browser/sse-parser.ts";
import type { NumberedEvent, TaskView } from "../present.ts";
import { addEvents, type Conversation, conversationRows, createConversation, type Row } from "../rows.ts";

export interface FirstLook {
  task: TaskView;
  batches: { run: string; events: NumberedEvent[] }[];
  cursor: string;
  complete: boolean;
}

export interface LiveTask {
  task: TaskView;
  rows: Row[];
  /** False until the events that were there already have come. */
  caughtUp: boolean;
  connection: Connection;
}

interface Held {
  conversation: Conversation;
  task: TaskView;
  caughtUp: boolean;
}

export function useTask(first: FirstLook): LiveTask {
  const held = useRef<Held | null>(null);
  held.current ??= begin(first);
  const [drawn, setDrawn] = useState(() => draw(begin(first)));
  const [connection, setConnection] = useState<Connection>("connecting");
  const { id } = first.task;
  const { cursor } = first;
  useEffect(() => {
    const state = held.current;
    if (!state) return;
    let frame = 0;
    const changed = (): void => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        setDrawn(draw(state));
      });
    };
    const stop = openLiveStream({
      url: (after) => `/api/jobs/${id}/events?after=${encodeURIComponent(after)}`,
      cursor,
      onMessage: (message) => {
        if (apply(state, message)) changed();
      },
      onConnection: setConnection,
    });
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
    // The first look's cursor is where the stream begins; a later render of the server's must not restart it.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [id]);
  return { ...drawn, connection };
}

function begin(first: FirstLook): Held {
  const conversation = createConversation();
  for (const batch of first.batches) addEvents(conversation, batch.run, batch.events);
  return { conversation, task: first.task, caughtUp: first.complete };
}

function draw(held: Held): Omit<LiveTask, "connection"> {
  return { task: held.task, rows: conversationRows(held.conversation, held.task), caughtUp: held.caughtUp };
}

/** The messages are our own server's (features/jobs/stream.ts), of the same build as this page. */
function apply(held: Held, message: SseMessage): boolean {
  switch (message.event) {
    case "task":
      held.task = JSON.parse(message.data) as TaskView;
      return true;
    case "events": {
      const batch = JSON.parse(message.data) as { run: string; events: NumberedEvent[] };
      // While catching up nothing is drawn: ten thousand events would be drawn twenty times.
      return addEvents(held.conversation, batch.run, batch.events) && held.caughtUp;
    }
    case "ready":
      held.caughtUp = true;
      return true;
    default:
      return false;
  }
}
