"use client";
/** What agents have written down for each other: to search, correct, value and forget, with all that was changed of late and a way back. */
import { Brain, Plus, Search } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useVerb } from "../../../browser/use-verb.ts";
import { Button } from "../../../ui/button.tsx";
import { Empty } from "../../../ui/empty.tsx";
import { Card, Page, Section } from "../../../ui/page.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import { SkeletonList } from "../../../ui/skeleton.tsx";
import { listedMemories, type MemoryView } from "../present.ts";
import { MemoryRow } from "./memory-row.tsx";
import { RecentChanges } from "./recent-changes.tsx";
import { WriteMemory } from "./write-memory.tsx";

const SHOWN_MAX = 100;

/** `edited`: null is closed, "new" an empty form. */
type Edited = MemoryView | "new" | null;

/** What was asked for and found. `turn` counts what was changed, for whatever has to look again. */
function useMemories(): {
  memories: MemoryView[] | null;
  asked: string;
  turn: number;
  look: (query: string) => void;
  again: () => void;
  busy: boolean;
  problem: string | null;
} {
  const { call, busy, problem } = useVerb();
  const [memories, setMemories] = useState<MemoryView[] | null>(null);
  const [asked, setAsked] = useState("");
  const [turn, setTurn] = useState(0);
  const look = (query: string): void => {
    setAsked(query);
    const show = (result: unknown): void => setMemories(listedMemories.parse(result).memories);
    if (query === "") call("memory_list", { limit: SHOWN_MAX }, show);
    else call("memory_search", { query, limit: 50 }, show);
  };
  const first = useRef(look);
  useEffect(() => first.current(""), []);
  const again = (): void => {
    setTurn((count) => count + 1);
    look(asked);
  };
  return { memories, asked, turn, look, again, busy, problem };
}

export function Memories({
  mayChange,
  names,
}: {
  mayChange: boolean;
  /** Of repositories, by id. */
  names: Readonly<Record<string, string>>;
}): ReactNode {
  const { memories, asked, turn, look, again, busy, problem } = useMemories();
  const [words, setWords] = useState("");
  const [edited, setEdited] = useState<Edited>(null);
  return (
    <Page
      title="Memory"
      lead="What agents have written down for each other. Warmer entries have helped more; any change can be undone."
      actions={
        mayChange ? (
          <Button onClick={() => setEdited("new")}>
            <Plus aria-hidden="true" className="size-4" /> Write
          </Button>
        ) : undefined
      }
    >
      <SearchBox words={words} busy={busy} onWords={setWords} onSearch={() => look(words.trim())} />
      <ProblemNotice problem={problem} title="The memory could not be read" className="mb-4" />
      {memories === null ? (
        problem === null ? (
          <SkeletonList rows={4} label="The memory is being read" />
        ) : null
      ) : (
        <Found
          memories={memories}
          asked={asked}
          mayChange={mayChange}
          names={names}
          onEdit={setEdited}
          onChanged={again}
        />
      )}
      <RecentChanges key={turn} mayChange={mayChange} onUndone={again} />
      <WriteMemory
        open={edited !== null}
        memory={edited === "new" ? null : edited}
        onClose={() => setEdited(null)}
        onWritten={() => {
          setEdited(null);
          again();
        }}
      />
    </Page>
  );
}

function Found({
  memories,
  asked,
  mayChange,
  names,
  onEdit,
  onChanged,
}: {
  memories: MemoryView[];
  asked: string;
  mayChange: boolean;
  names: Readonly<Record<string, string>>;
  onEdit: (memory: MemoryView) => void;
  onChanged: () => void;
}): ReactNode {
  if (memories.length === 0 && asked !== "")
    return (
      <Empty icon={<Search />} title="Nothing has these words">
        Any of the words is enough. Try others, or search for nothing to see everything.
      </Empty>
    );
  if (memories.length === 0)
    return (
      <Empty icon={<Brain />} title="Nothing is remembered yet">
        Agents write down what the next one should know, with the tool memory_write. You can write something
        down, too.
      </Empty>
    );
  return (
    <Section title={asked === "" ? "Warmest first" : "Best match first"} count={memories.length}>
      <Card>
        {memories.map((memory) => (
          <MemoryRow
            key={`${memory.scope} ${memory.slug}`}
            memory={memory}
            mayChange={mayChange}
            where={memory.scope === "organization" ? "everywhere" : (names[memory.scope] ?? memory.scope)}
            onEdit={() => onEdit(memory)}
            onChanged={onChanged}
          />
        ))}
      </Card>
    </Section>
  );
}

function SearchBox({
  words,
  busy,
  onWords,
  onSearch,
}: {
  words: string;
  busy: boolean;
  onWords: (words: string) => void;
  onSearch: () => void;
}): ReactNode {
  return (
    <form
      role="search"
      className="mb-6 flex gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch();
      }}
    >
      <input
        type="search"
        aria-label="Search the memory"
        placeholder="Search by words"
        value={words}
        maxLength={500}
        onChange={(event) => onWords(event.target.value)}
        className="h-9 w-full min-w-0 rounded-md border border-line-strong bg-surface px-3 outline-none focus:border-accent max-md:h-11 max-md:text-md"
      />
      <Button type="submit" disabled={busy}>
        <Search aria-hidden="true" className="size-4" /> Search
      </Button>
    </form>
  );
}
