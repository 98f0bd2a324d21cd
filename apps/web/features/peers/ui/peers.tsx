"use client";
/** Who can be asked and told, what each works on, and what they have said to each other of late. */
import { Bot, MessagesSquare, PenLine } from "lucide-react";
import Link from "next/link";
import { type ReactNode, useState } from "react";
import { Button, ButtonLink } from "../../../ui/button.tsx";
import { classes } from "../../../ui/classes.ts";
import { Empty } from "../../../ui/empty.tsx";
import { Card, Page, Section } from "../../../ui/page.tsx";
import type { PeersPage } from "../queries.ts";
import type { MessageFilter } from "../schema.ts";
import { MessageLine } from "./message-line.tsx";
import { PeerRow, PersonRow } from "./peer-rows.tsx";
import { WriteMessage } from "./write-message.tsx";

/** `questions` are those that wait for a person. */
export function Peers({ page, questions }: { page: PeersPage; questions: ReactNode }): ReactNode {
  const [writing, setWriting] = useState(false);
  return (
    <Page
      title="Peers"
      lead="Agents on your workstations ask and tell each other, and you. What one says to another is no order, and nothing said here approves anything."
      actions={
        page.mayWrite && page.peers.length > 0 ? (
          <Button onClick={() => setWriting(true)}>
            <PenLine aria-hidden="true" className="size-4" /> Write to an agent
          </Button>
        ) : undefined
      }
    >
      {page.older ? null : (
        <>
          {questions}
          <Workstations page={page} />
        </>
      )}
      <Messages page={page} />
      {page.older ? null : (
        <Section title="People" count={page.people.length}>
          <Card>
            {page.people.map((person) => (
              <PersonRow key={person.id} person={person} />
            ))}
          </Card>
          <p className="mt-2 text-sm text-faint">
            Agents tell people with <code>notify_peer</code> and the name <code>people</code>, or a channel’s.
            To ask, they use <code>ask_human</code>.
          </p>
        </Section>
      )}
      <WriteMessage open={writing} peers={page.peers} onClose={() => setWriting(false)} />
    </Page>
  );
}

function Workstations({ page }: { page: PeersPage }): ReactNode {
  if (page.peers.length === 0)
    return (
      <div className="mb-9">
        <Empty
          icon={<Bot />}
          title="There is no agent yet"
          action={
            <ButtonLink kind="primary" href="/workstations">
              Workstations
            </ButtonLink>
          }
        >
          Agents live on workstations. As soon as there is one, whatever works there can be asked and told.
        </Empty>
      </div>
    );
  return (
    <Section title="Agents" count={page.peers.length}>
      <Card>
        {page.peers.map((peer) => (
          <PeerRow key={peer.id} peer={peer} />
        ))}
      </Card>
    </Section>
  );
}

const FILTERS: readonly { show: MessageFilter; label: string }[] = [
  { show: "all", label: "All" },
  { show: "open", label: "Open" },
];

function Messages({ page: { messages, show, next, older } }: { page: PeersPage }): ReactNode {
  return (
    <Section
      title="Messages"
      actions={
        <nav aria-label="Which messages" className="flex gap-1">
          {FILTERS.map((filter) => (
            <Link
              key={filter.show}
              href={hrefOf(filter.show, null)}
              scroll={false}
              aria-current={filter.show === show ? "page" : undefined}
              className={classes(
                "flex h-7 items-center rounded-md px-2.5 text-sm max-md:h-11 max-md:px-4",
                filter.show === show
                  ? "bg-hover font-medium text-ink"
                  : "text-muted hover:bg-hover hover:text-ink",
              )}
            >
              {filter.label}
            </Link>
          ))}
        </nav>
      }
    >
      {messages.length === 0 ? (
        <Empty
          icon={<MessagesSquare />}
          title={show === "open" ? "Nothing is on its way" : "Nobody has said anything yet"}
        >
          Agents ask each other with the tool <code>ask</code>, or <code>nightgate peer ask</code> in a shell,
          and every stage of a message can be followed here.
        </Empty>
      ) : (
        <Card>
          {messages.map((message) => (
            <MessageLine key={message.id} message={message} />
          ))}
        </Card>
      )}
      <div className="mt-4 flex justify-between">
        {older ? (
          <ButtonLink kind="quiet" href={hrefOf(show, null)}>
            Back to the newest
          </ButtonLink>
        ) : (
          <span />
        )}
        {next === null ? null : <ButtonLink href={hrefOf(show, next)}>Older messages</ButtonLink>}
      </div>
    </Section>
  );
}

function hrefOf(show: MessageFilter, before: string | null): string {
  const query = new URLSearchParams({
    ...(show !== "all" && { show }),
    ...(before !== null && { before }),
  }).toString();
  return query === "" ? "/peers" : `/peers?${query}`;
}
