/** The policy: what may be reached and from where. Each change opens a hold; nothing on this page changes anything by itself. */
import type { Resource } from "@nightgate/shared/policy";
import type { IconName } from "../icons.ts";
import type { PolicyPage, ResourceLine } from "../wire.ts";
import { get } from "./api.ts";
import { approversSection } from "./approvers-section.ts";
import { SERVICE_WORDS } from "./channel-form.ts";
import { byId, type Child, h, icon } from "./dom.ts";
import { follow } from "./live.ts";
import { busy, emptyState, load, notice, show } from "./notices.ts";
import { from, here, propose } from "./propose.ts";
import { openResourceForm } from "./resource-form.ts";
import { SLOT_WORDS, exactName, rehearsalBadge, time, visible } from "./words.ts";

export async function policyPage(): Promise<void> {
  await load(look);
  follow(["gate.policies", "gate.holds", "gate.workstations", "gate.candidacies"], () => {
    // A form that is open must not be pulled away from under somebody.
    if (document.querySelector("dialog[open]") === null) void load(look);
  });
}

async function look(): Promise<void> {
  draw(await get<PolicyPage>("/api/policy"));
  if (window.location.hash === "#approvers") byId("approvers").scrollIntoView();
}

interface Part {
  kind: Resource["kind"];
  title: string;
  icon: IconName;
  add: string;
  empty: string;
}
const PARTS: readonly Part[] = [
  {
    kind: "git",
    title: "Repositories",
    icon: "branch",
    add: "Add a repository",
    empty: "No repository yet: agents can neither clone nor push.",
  },
  {
    kind: "model",
    title: "Model providers",
    icon: "model",
    add: "Add a model provider",
    empty: "No model yet: agents cannot think.",
  },
  {
    kind: "http",
    title: "Hosts to read from",
    icon: "globe",
    add: "Add hosts",
    empty: "No host can be read.",
  },
  {
    kind: "channel",
    title: "Channels",
    icon: "bell",
    add: "Add a channel",
    empty: "Notifications go to phones alone.",
  },
];

function draw(page: PolicyPage): void {
  const bare = !page.resources.some((line) => line.resource.kind !== "http");
  show(
    page.pendingHold !== null &&
      notice(
        "wait",
        "clock",
        h(
          "p",
          {},
          "A change of this policy waits for a signature. ",
          h("a", { href: `/holds/${page.pendingHold}?return=${encodeURIComponent(here())}` }, "Look at it"),
          ".",
        ),
      ),
    bare &&
      emptyState(
        "shield",
        "Nothing can be reached yet",
        "Add a model key and a repository together, with one signature.",
        h(
          "div.actions.center",
          {},
          h("a.button.primary", { href: from("/setup/add") }, icon("plus"), "Add a key and a repository"),
        ),
      ),
    PARTS.map((part) => section(part, page)),
    approversSection(page, look),
    h("p.end", {}, `Version ${page.version}. Whatever is not listed here is refused.`),
  );
}

function section(part: Part, page: PolicyPage): HTMLElement {
  const lines = page.resources.filter((line) => line.resource.kind === part.kind);
  const id = `part-${part.kind}`;
  return h(
    "section",
    { "aria-labelledby": id },
    h(
      "div.section-bar",
      {},
      h("h2.section", { id }, part.title, lines.length > 0 && h("span.section-count", {}, lines.length)),
      h(
        "button.button.small",
        { type: "button", click: () => openResourceForm(part.kind, null, page.workstations) },
        icon("plus"),
        part.add,
      ),
    ),
    lines.length === 0
      ? h("p.calm", {}, icon("info"), part.empty)
      : h(
          "ul.list",
          {},
          lines.map((line) => row(line, part, page)),
        ),
  );
}

function row(line: ResourceLine, part: Part, page: PolicyPage): HTMLElement {
  const { resource } = line;
  const problems = h("div");
  const remove = h(
    "button.button.small.plain",
    { type: "button", "aria-label": `Remove ${resource.name}` },
    icon("trash"),
  );
  remove.addEventListener(
    "click",
    () => void busy(remove, problems, async () => await propose({ put: [], remove: [resource.id] }, here())),
  );
  const edit = h(
    "button.button.small.plain",
    {
      type: "button",
      "aria-label": `Change ${resource.name}`,
      click: () => openResourceForm(resource.kind, resource, page.workstations),
    },
    icon("edit"),
  );
  return h(
    "li",
    {},
    h(
      "div.row",
      {},
      h("span.row-icon", {}, icon(part.icon)),
      h(
        "span.row-main",
        {},
        h(
          "span.row-title",
          {},
          visible(resource.name),
          resource.kind !== "http" && resource.rehearsal && rehearsalBadge(),
        ),
        h("span.row-address", {}, address(resource)),
        h("span.row-meta", {}, facts(line, page)),
      ),
      h("span.row-actions", {}, edit, remove),
    ),
    problems,
  );
}

const HOSTS_SHOWN = 6;

function address(resource: Resource): Child {
  if (resource.kind !== "http") return exactName(resource.url);
  const more = resource.hosts.length - HOSTS_SHOWN;
  const hosts = (list: string[]): Child => list.map((host) => h("span.host", {}, exactName(host)));
  return more <= 1
    ? hosts(resource.hosts)
    : [
        hosts(resource.hosts.slice(0, HOSTS_SHOWN)),
        h(
          "details.more-hosts",
          {},
          h("summary", {}, `and ${more} more`),
          hosts(resource.hosts.slice(HOSTS_SHOWN)),
        ),
      ];
}

function facts(line: ResourceLine, page: PolicyPage): Child {
  const { resource } = line;
  const nameOf = (id: string): string => page.workstations.find((each) => each.id === id)?.name ?? id;
  const where =
    resource.workstations === "*" ? "every workstation" : resource.workstations.map(nameOf).join(", ");
  return [
    h("span.badge.quiet", {}, resource.kind === "channel" ? SERVICE_WORDS[resource.service] : where),
    resource.kind === "git" &&
      h(
        "span.badge",
        { class: resource.push === "hold" ? "wait" : "quiet" },
        resource.push === "hold" ? "push waits for a passkey" : "push is refused",
      ),
    resource.kind === "model" &&
      h("span.badge.quiet", {}, resource.api === "anthropic" ? "Anthropic's API" : "OpenAI's API"),
    resource.kind === "http" && h("span.badge.quiet", {}, "GET and HEAD"),
    line.slot !== null &&
      (line.secretSince === null
        ? h("span.badge.warn", {}, `${SLOT_WORDS[line.slot].toLowerCase()} not set`)
        : h("span", {}, `${SLOT_WORDS[line.slot].toLowerCase()} set `, time(line.secretSince))),
  ];
}
