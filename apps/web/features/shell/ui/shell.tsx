"use client";
/** The frame of every page of a member: navigation at the side, or at the bottom of a phone; the new-task box; and how the connection is. */
import {
  CalendarClock,
  CircleUser,
  Hand,
  House,
  ListTodo,
  MessagesSquare,
  Monitor,
  Plus,
  Workflow,
} from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ComponentType, ReactNode } from "react";
import { useKeepZone } from "../../../browser/use-keep-zone.ts";
import { useLiveRefresh } from "../../../browser/use-live-refresh.ts";
import { useNewTask } from "../../../browser/use-new-task.ts";
import { Button } from "../../../ui/button.tsx";
import { classes } from "../../../ui/classes.ts";
import { Mark } from "../../../ui/mark.tsx";
import type { ShellView } from "../queries.ts";
import { ConnectionNote } from "./connection-note.tsx";
import { NewTaskProvider } from "./new-task-context.tsx";
import { OrganizationSwitcher } from "./organization-switcher.tsx";

interface Item {
  href: string;
  label: string;
  icon: ComponentType<{ className?: string }>;
  /** Pages that are reached from it and have no place of their own here. */
  also?: readonly string[];
}

/** Exactly what exists. */
const ITEMS: readonly Item[] = [
  { href: "/", label: "Home", icon: House, also: ["/briefing", "/evening"] },
  { href: "/jobs", label: "Tasks", icon: ListTodo },
  { href: "/schedules", label: "Schedules", icon: CalendarClock },
  { href: "/chains", label: "Chains", icon: Workflow, also: ["/locks"] },
  { href: "/peers", label: "Peers", icon: MessagesSquare },
  { href: "/workstations", label: "Workstations", icon: Monitor },
  { href: "/settings", label: "Settings", icon: CircleUser, also: ["/memory", "/doctor"] },
];

export function Shell({ view, children }: { view: ShellView; children: ReactNode }): ReactNode {
  const connection = useLiveRefresh();
  useKeepZone();
  return (
    <NewTaskProvider choice={view.choice} allowed={view.mayStart}>
      <a
        href="#main"
        className="fixed top-2 left-2 z-50 -translate-y-20 rounded-md bg-accent px-3 py-2 text-on-accent focus:translate-y-0"
      >
        Skip to the content
      </a>
      <div className="flex h-dvh flex-col md:flex-row">
        <SideBar view={view} />
        <main
          id="main"
          tabIndex={-1}
          className="flex min-h-0 min-w-0 flex-1 flex-col overflow-y-auto outline-none"
        >
          <ConnectionNote connection={connection} />
          {children}
        </main>
        <BottomBar waiting={view.waitingHolds} />
      </div>
    </NewTaskProvider>
  );
}

function SideBar({ view }: { view: ShellView }): ReactNode {
  return (
    <header className="hidden w-60 shrink-0 flex-col border-r border-line bg-surface px-3 py-4 md:flex">
      <Link href="/" className="flex items-center gap-2 rounded-md px-2 text-md font-semibold tracking-tight">
        <Mark /> Nightgate
      </Link>
      <OrganizationSwitcher view={view} />
      <NewTaskButton />
      <nav aria-label="Main" className="mt-4">
        <ul className="space-y-0.5">
          {ITEMS.map((item) => (
            <li key={item.href}>
              <NavigationLink item={item} />
            </li>
          ))}
        </ul>
      </nav>
      <div className="mt-auto">
        <GateLink
          href={`${view.gateOrigin}/holds?organization=${view.organization}`}
          waiting={view.waitingHolds}
        />
      </div>
    </header>
  );
}

function NewTaskButton(): ReactNode {
  const { open, allowed } = useNewTask();
  if (!allowed) return null;
  return (
    <Button kind="plain" onClick={() => open()} className="w-full" aria-keyshortcuts="c Control+K">
      <span className="inline-flex flex-1 items-center gap-2">
        <Plus aria-hidden="true" className="size-4" /> New task
      </span>
      <kbd
        aria-hidden="true"
        className="rounded-sm border border-line bg-sunken px-1.5 font-sans text-xs text-faint"
      >
        C
      </kbd>
    </Button>
  );
}

function NavigationLink({ item }: { item: Item }): ReactNode {
  const current = isAt(usePathname(), item);
  const Icon = item.icon;
  return (
    <Link
      href={item.href}
      aria-current={current ? "page" : undefined}
      className={classes(
        "flex h-8 items-center gap-2.5 rounded-md px-2 transition-colors",
        current ? "bg-hover font-medium text-ink" : "text-muted hover:bg-hover hover:text-ink",
      )}
    >
      <Icon className="size-4 shrink-0" aria-hidden="true" />
      {item.label}
    </Link>
  );
}

function GateLink({ href, waiting }: { href: string; waiting: number }): ReactNode {
  return (
    <a
      href={href}
      className={classes(
        "flex items-center gap-2.5 rounded-md border px-2.5 py-2 text-sm transition-colors",
        waiting > 0
          ? "border-warn-line bg-warn-ground text-ink"
          : "border-line text-muted hover:bg-hover hover:text-ink",
      )}
    >
      <Hand aria-hidden="true" className="size-4 shrink-0" />
      <span className="flex-1">{waiting > 0 ? "Waiting at the gate" : "Open the gate"}</span>
      {waiting > 0 ? (
        <span className="tnum rounded-full bg-warn px-1.5 text-xs font-semibold text-surface">{waiting}</span>
      ) : null}
    </a>
  );
}

/** Reached from the tasks on a phone: five places are what a thumb can tell apart. */
const BELOW_TASKS: readonly string[] = ["/schedules", "/chains", "/peers", "/locks"];

function BottomBar({ waiting }: { waiting: number }): ReactNode {
  const path = usePathname();
  const { open, allowed } = useNewTask();
  const [home, tasks, workstations, settings] = ITEMS.filter((item) => !BELOW_TASKS.includes(item.href)).map(
    (item) => (
      <BottomLink
        key={item.href}
        item={item}
        current={
          isAt(path, item) || (item.href === "/jobs" && BELOW_TASKS.some((below) => isCurrent(path, below)))
        }
        count={item.href === "/" ? waiting : 0}
      />
    ),
  );
  return (
    <nav
      aria-label="Main"
      className="flex shrink-0 items-stretch border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {home}
      {tasks}
      {allowed ? (
        <button
          type="button"
          onClick={() => open()}
          className="flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-xs text-accent-text"
        >
          <span className="grid size-7 place-items-center rounded-full bg-accent text-on-accent">
            <Plus aria-hidden="true" className="size-4" />
          </span>
          <span className="sr-only">New task</span>
        </button>
      ) : null}
      {workstations}
      {settings}
    </nav>
  );
}

function BottomLink({ item, current, count }: { item: Item; current: boolean; count: number }): ReactNode {
  const Icon = item.icon;
  return (
    <Link
      href={item.href}
      aria-current={current ? "page" : undefined}
      className={classes(
        "relative flex h-14 min-w-0 flex-1 flex-col items-center justify-center gap-0.5 text-[0.6875rem]",
        current ? "font-medium text-accent-text" : "text-muted",
      )}
    >
      <Icon className="size-5" aria-hidden="true" />
      <span className="truncate">{item.label}</span>
      {count > 0 ? (
        <span className="tnum absolute top-1.5 left-1/2 ml-1.5 rounded-full bg-warn px-1 text-[0.625rem] leading-4 font-semibold text-surface">
          {count}
          <span className="sr-only"> waiting</span>
        </span>
      ) : null}
    </Link>
  );
}

function isAt(path: string, { href, also = [] }: Item): boolean {
  return [href, ...also].some((each) => isCurrent(path, each));
}

function isCurrent(path: string, href: string): boolean {
  return href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`);
}
