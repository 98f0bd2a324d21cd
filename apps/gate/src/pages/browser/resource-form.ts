/** The form of one resource: a repository, a model provider, or hosts to read from. What it makes is only a proposal. */
import { credentialScopes } from "@nightgate/shared/credential-scopes";
import type { Resource } from "@nightgate/shared/policy";
import { channelPart } from "./channel-form.ts";
import { type Child, h, icon } from "./dom.ts";
import { forgePart } from "./forge-fields.ts";
import { choice, complainAboutUrl, field } from "./forms.ts";
import { busy } from "./notices.ts";
import { here, propose, type Put } from "./propose.ts";
import { type WorkstationChoice, workstationChoice } from "./workstation-choice.ts";

type Kind = Resource["kind"];
interface Part {
  rows: Child;
  /** The proposal, or null when a field is not right (it then says so itself). */
  read(): Put | null;
}

const TITLES: Record<Kind, string> = {
  git: "repository",
  model: "model provider",
  http: "hosts to read from",
  channel: "channel",
};

/** Opens the form in a dialog; `old` is the resource to change, or null for a new one. */
export function openResourceForm(
  kind: Kind,
  old: Resource | null,
  workstations: { id: string; name: string }[],
): void {
  // Nobody but the gate uses a channel.
  const binding = workstationChoice(workstations, kind === "channel" ? "*" : (old?.workstations ?? "*"));
  const part = partFor(kind, old, binding);
  const problems = h("div", { "aria-live": "assertive" });
  const submit = h("button.button.primary", { type: "submit" }, "Review and sign", icon("forward"));
  const cancel = h("button.button", { type: "button" }, "Cancel");
  const title = `${old === null ? "Add" : "Change"} ${kind === "http" ? "" : "a "}${TITLES[kind]}`;
  const form = h(
    "form.stack",
    { novalidate: true },
    h("h2", { id: "form-title" }, old === null ? title : `Change ${old.name}`),
    part.rows,
    kind === "channel" ? null : binding.row,
    problems,
    h("div.actions.end", {}, cancel, submit),
  );
  const dialog = h("dialog.sheet", { "aria-labelledby": "form-title" }, form);
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const put = part.read();
    if (put !== null && binding.check())
      void busy(submit, problems, async () => await propose({ put: [put], remove: [] }, here()));
  });
  document.body.append(dialog);
  dialog.showModal();
}

function partFor(kind: Kind, old: Resource | null, binding: WorkstationChoice): Part {
  switch (kind) {
    case "git":
      return repositoryPart(old?.kind === "git" ? old : null, binding);
    case "model":
      return modelPart(old?.kind === "model" ? old : null, binding);
    case "http":
      return hostsPart(old?.kind === "http" ? old : null, binding);
    case "channel":
      return channelPart(old?.kind === "channel" ? old : null);
    default:
      return kind satisfies never;
  }
}

type Of<K extends Kind> = Extract<Resource, { kind: K }>;

const PUSH_CHOICES = [
  { value: "hold", label: "Waits for a passkey" },
  { value: "deny", label: "Is refused", words: "Fetching and cloning still work." },
];

export function repositoryPart(old: Of<"git"> | null, binding: WorkstationChoice): Part {
  const url = field({
    label: "Address",
    name: "git-url",
    required: true,
    mono: true,
    type: "url",
    value: old?.url ?? "",
    placeholder: "https://github.com/acme/shop.git",
    hint: "The https address, without a credential. Agents use the remote as they always do.",
    complain: complainAboutUrl,
  });
  const name = field({
    label: "Name",
    name: "git-name",
    value: old?.name ?? "",
    max: 100,
    placeholder: "acme/shop",
    hint: "Left empty: taken from the address.",
  });
  const secret = field({
    label: old === null ? "Credential" : "New credential",
    name: "git-secret",
    secret: true,
    autocomplete: "new-password",
    hint: "A token, or user:token. It goes into the vault, is used for this repository alone, and no workstation ever sees it.",
  });
  const push = choice("A push", "git-push", PUSH_CHOICES, old?.push ?? "hold");
  const held = choice(
    "While it waits, git says",
    "git-held",
    [
      { value: "accept", label: "Accepted for delivery", words: "The agent goes on with other work." },
      { value: "fail", label: "Failed", words: "For tools that must not go on." },
    ],
    old?.whenHeld ?? "accept",
  );
  const forge = forgePart(old, url);
  return {
    rows: [
      url.row,
      secret.row,
      needsLine(url, push),
      h(
        "details.more-fields",
        { open: old !== null },
        h("summary", {}, icon("chevron"), "Name, what a push does, pull requests"),
        h("div.stack", {}, name.row, push.row, held.row, forge.rows),
      ),
    ],
    read: () => {
      if (![url, name, secret].every((each) => each.check()) || !forge.check()) return null;
      return {
        resource: {
          kind: "git",
          id: old?.id ?? "new",
          name: name.value() || nameFromUrl(url.value()),
          url: url.value(),
          workstations: binding.value(),
          push: push.value() === "deny" ? "deny" : "hold",
          whenHeld: held.value() === "fail" ? "fail" : "accept",
          ...forge.value(),
          rehearsal: old?.rehearsal ?? false,
        } as Put["resource"],
        secret: secret.value() || null,
      };
    },
  };
}

/** Says which rights the credential needs, for the host that is typed and what a push does. */
function needsLine(url: ReturnType<typeof field>, push: ReturnType<typeof choice>): HTMLElement {
  const line = h("p.hint", { "aria-live": "polite" });
  const say = (): void => {
    const scopes = credentialScopes(url.value(), push.value() !== "deny");
    line.textContent = `It needs ${scopes}. The gate tries it before you sign, without writing.`;
  };
  url.input.addEventListener("input", say);
  push.onChange(say);
  say();
  return line;
}

const MODEL_URLS: Record<Of<"model">["api"], string> = {
  anthropic: "https://api.anthropic.com",
  openai: "https://api.openai.com/v1",
};

export function modelPart(old: Of<"model"> | null, binding: WorkstationChoice): Part {
  const api = choice(
    "It speaks",
    "model-api",
    [
      { value: "anthropic", label: "Anthropic's API", words: "Claude Code" },
      { value: "openai", label: "OpenAI's API", words: "Also most local models" },
    ],
    old?.api ?? "anthropic",
  );
  const chosen = (): Of<"model">["api"] => (api.value() === "openai" ? "openai" : "anthropic");
  const url = field({
    label: "Base address",
    name: "model-url",
    required: true,
    mono: true,
    type: "url",
    value: old?.url ?? MODEL_URLS.anthropic,
    hint: "What an SDK would be given. A model on your own network works too.",
    complain: complainAboutUrl,
  });
  const name = field({
    label: "Name",
    name: "model-name",
    value: old?.name ?? "",
    max: 100,
    placeholder: "Anthropic",
    hint: "Left empty: taken from the address.",
  });
  const secret = field({
    label: old === null ? "Key" : "New key",
    name: "model-secret",
    secret: true,
    autocomplete: "new-password",
    hint: "It goes into the vault. The gate adds it to calls on their way out; agents have a dummy.",
  });
  api.onChange(() => {
    if (Object.values(MODEL_URLS).includes(url.value())) url.input.value = MODEL_URLS[chosen()];
  });
  return {
    rows: [api.row, url.row, secret.row, name.row],
    read: () => {
      if (![url, name, secret].every((each) => each.check())) return null;
      return {
        resource: {
          kind: "model",
          id: old?.id ?? "new",
          name: name.value() || new URL(url.value()).hostname,
          api: chosen(),
          url: url.value(),
          workstations: binding.value(),
          rehearsal: old?.rehearsal ?? false,
        } as Put["resource"],
        secret: secret.value() || null,
      };
    },
  };
}

function hostsPart(old: Of<"http"> | null, binding: WorkstationChoice): Part {
  const split = (text: string): string[] => [
    ...new Set(
      text
        .toLowerCase()
        .split(/[\s,]+/)
        .filter((host) => host !== ""),
    ),
  ];
  const name = field({
    label: "Name",
    name: "http-name",
    required: true,
    value: old?.name ?? "",
    max: 100,
    placeholder: "Documentation",
  });
  const hosts = field({
    label: "Hosts",
    name: "http-hosts",
    required: true,
    mono: true,
    rows: 5,
    value: old?.hosts.join("\n") ?? "",
    placeholder: "docs.example.com\n*.example.org",
    hint: "One per line; *. in front means any name below it. Agents may GET and HEAD them. Everything else is refused.",
    complain: (text) => {
      const wrong = split(text).find(
        (host) => !/^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/.test(host),
      );
      return wrong === undefined ? null : `${wrong} is not a host name. Leave out https:// and the path.`;
    },
  });
  return {
    rows: [name.row, hosts.row],
    read: () => {
      if (![name, hosts].every((each) => each.check())) return null;
      return {
        resource: {
          kind: "http",
          id: old?.id ?? "new",
          name: name.value(),
          hosts: split(hosts.value()),
          workstations: binding.value(),
        } as Put["resource"],
        secret: null,
      };
    },
  };
}

/** "https://github.com/acme/shop.git" is "acme/shop" to people. */
function nameFromUrl(address: string): string {
  const url = new URL(address);
  return (
    url.pathname
      .replace(/^\/+|\/+$|\.git\/?$/g, "")
      .split("/")
      .slice(-2)
      .join("/")
      .slice(0, 100) || url.hostname
  );
}
