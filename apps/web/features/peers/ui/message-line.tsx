"use client";
/** A message in a list: who said what to whom, and how it stands. It leads to its way. */
import { ArrowRight, CircleHelp, Flag, Megaphone, MessageSquare } from "lucide-react";
import Link from "next/link";
import type { ComponentType, ReactNode } from "react";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { Time } from "../../../ui/time.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { MessageKind, MessageView } from "../present.ts";

const MESSAGE_KINDS: Record<MessageKind, { icon: ComponentType<{ className?: string }>; word: string }> = {
  ask: { icon: CircleHelp, word: "asks" },
  notify: { icon: MessageSquare, word: "tells" },
  broadcast: { icon: Megaphone, word: "tells, as everybody," },
  watch: { icon: Flag, word: "reports its end to" },
};

export function MessageLine({ message }: { message: MessageView }): ReactNode {
  const { icon: Icon, word } = MESSAGE_KINDS[message.kind];
  const { state } = message;
  return (
    <Link
      href={`/peers/${message.id}`}
      className="flex flex-wrap gap-x-4 gap-y-1 px-4 py-3 transition-colors hover:bg-hover focus-visible:-outline-offset-2 md:flex-nowrap"
    >
      <span className="order-2 shrink-0 md:order-1 md:w-44">
        <StateBadge label={state.label} tone={state.tone} live={state.live} />
      </span>
      <span className="order-1 w-full min-w-0 md:order-2 md:flex-1">
        <span className="flex flex-wrap items-center gap-x-1.5 text-sm text-muted">
          <Icon aria-hidden="true" className="size-3.5 shrink-0" />
          <span className="anywhere">{visibleText(message.from.name)}</span>
          <span className="sr-only">{word}</span>
          <ArrowRight aria-hidden="true" className="size-3 shrink-0 text-faint" />
          <span className="anywhere">{visibleText(message.to.name)}</span>
        </span>
        <span className="anywhere mt-0.5 line-clamp-2">{visibleText(message.text)}</span>
        {message.answer === null ? null : (
          <span className="anywhere mt-0.5 line-clamp-2 text-sm text-muted">
            <span className="sr-only">Answer: </span>
            <span aria-hidden="true">↳ </span>
            {visibleText(message.answer)}
          </span>
        )}
      </span>
      <span className="order-3 shrink-0 text-sm text-faint max-md:ml-auto md:w-24 md:text-right">
        <Time at={message.createdAt} />
      </span>
    </Link>
  );
}
