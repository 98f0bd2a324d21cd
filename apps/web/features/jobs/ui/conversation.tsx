"use client";
/** The rows of a conversation, of which only those in sight are drawn: ten thousand events scroll like ten. New ones are followed while the end is in sight. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown } from "lucide-react";
import { type ReactNode, type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Bone } from "../../../ui/skeleton.tsx";
import type { TaskView } from "../present.ts";
import type { Row } from "../rows.ts";
import { RowView } from "./row-view.tsx";

/** Guesses until a row has been measured, in pixels. */
const GUESSES: Record<Row["kind"], number> = {
  run: 48,
  prompt: 84,
  message: 110,
  thought: 36,
  note: 32,
  failed: 84,
  plan: 140,
  tool: 34,
  hold: 132,
  question: 150,
  outcome: 72,
  ask: 72,
};
const OVERSCAN = 12;
const END_PX = 80;

export function Conversation({
  rows,
  caughtUp,
  task,
}: {
  rows: Row[];
  caughtUp: boolean;
  task: TaskView;
}): ReactNode {
  return caughtUp ? <Rows rows={rows} task={task} /> : <Catching />;
}

function Rows({ rows, task }: { rows: Row[]; task: TaskView }): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const { atEnd, onScroll, toEnd, stay } = useFollowing(scroller, content);
  // What is open stays open when its row leaves the sight and comes back.
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback(
    (key: string) => {
      stay();
      setOpen((before) => toggled(before, key));
    },
    [stay],
  );
  const list = useRowList(rows, scroller);
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        onScroll={onScroll}
        role="log"
        aria-label="Conversation"
        aria-live="off"
        tabIndex={0}
        className="h-full overflow-y-auto overscroll-contain outline-none [overflow-anchor:none]"
      >
        <div
          ref={content}
          className="relative mx-auto w-full max-w-3xl"
          style={{ height: list.getTotalSize() }}
        >
          {list.getVirtualItems().map((item) => {
            const row = rows[item.index];
            return row === undefined ? null : (
              <div
                key={item.key}
                data-index={item.index}
                ref={list.measureElement}
                className="absolute top-0 left-0 w-full px-4"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <RowView row={row} task={task} open={open.has(row.key)} toggle={toggle} />
              </div>
            );
          })}
        </div>
      </div>
      {atEnd ? null : (
        <Button
          size="small"
          onClick={toEnd}
          className="rise absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full shadow-md"
        >
          <ArrowDown aria-hidden="true" className="size-3.5" /> Newest
        </Button>
      )}
    </div>
  );
}

/**
 * Stays at the end while it is in sight: rows are guessed before they are measured, fonts come late, new rows are appended.
 * Growing never moves the scroll position back, so only a person's own scrolling up ends it.
 */
function useFollowing(
  scroller: RefObject<HTMLDivElement | null>,
  content: RefObject<HTMLDivElement | null>,
): { atEnd: boolean; onScroll: () => void; toEnd: () => void; stay: () => void } {
  const [atEnd, setAtEnd] = useState(true);
  const following = useRef(true);
  const last = useRef(0);
  const toEnd = useCallback(() => {
    following.current = true;
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  }, [scroller]);
  const look = useCallback((): boolean => {
    if (!scroller.current) return true;
    const { scrollHeight, scrollTop, clientHeight } = scroller.current;
    const near = scrollHeight - scrollTop - clientHeight < END_PX;
    setAtEnd(near || following.current);
    return near;
  }, [scroller]);
  const onScroll = useCallback(() => {
    const top = scroller.current?.scrollTop ?? 0;
    following.current = following.current && top >= last.current;
    last.current = top;
    following.current = look() || following.current;
  }, [scroller, look]);
  // What somebody opens must not run away from them.
  const stay = useCallback(() => {
    following.current = false;
  }, []);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => (following.current ? toEnd() : look()));
    for (const element of [scroller.current, content.current]) if (element) observer.observe(element);
    toEnd();
    return () => observer.disconnect();
  }, [scroller, content, toEnd, look]);
  return { atEnd, onScroll, toEnd, stay };
}

/** The virtual list: rows above are kept in place when what is around them changes. */
function useRowList(
  rows: Row[],
  scroller: RefObject<HTMLDivElement | null>,
): ReturnType<typeof useVirtualizer<HTMLDivElement, HTMLDivElement>> {
  // oxlint-disable-next-line react/incompatible-library -- The React Compiler, which this warns of, is not in use here.
  const list = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => GUESSES[rows[index]?.kind ?? "message"],
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: OVERSCAN,
    paddingStart: 20,
    paddingEnd: 12,
    initialRect: { width: 720, height: 800 },
  });
  return list;
}

function toggled(before: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(before);
  if (!next.delete(key)) next.add(key);
  return next;
}

function Catching(): ReactNode {
  return (
    <div
      role="status"
      aria-label="Loading the conversation"
      className="mx-auto w-full max-w-3xl flex-1 space-y-4 overflow-hidden px-4 pt-6"
    >
      <Bone className="ml-auto h-16 w-3/5" />
      <Bone className="h-4 w-4/5" />
      <Bone className="h-4 w-3/5" />
      <Bone className="h-7 w-full" />
      <Bone className="h-7 w-full" />
      <Bone className="h-4 w-2/3" />
    </div>
  );
}
