/** The part of a repository's form that opens its host's API: pull requests and issues, read freely and written with a passkey. */
import type { ForgeApi, GitResource } from "@nightgate/shared/policy";
import { type Child, h } from "./dom.ts";
import { choice, complainAboutUrl, field } from "./forms.ts";

export interface ForgePart {
  rows: Child;
  check(): boolean;
  value(): { forge?: ForgeApi };
}

const HOST = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/;

/** `url` is the field of the repository's own address, from which the API's is guessed. */
export function forgePart(old: GitResource | null, url: { value(): string; input: HTMLElement }): ForgePart {
  const open = choice(
    "Pull requests and issues",
    "git-forge",
    [
      { value: "closed", label: "Closed to agents" },
      { value: "github", label: "Wait for a passkey", words: "By GitHub's API. Reading needs none." },
    ],
    old?.forge === undefined ? "closed" : "github",
  );
  const api = field({
    label: "Address of the API",
    name: "git-forge-url",
    mono: true,
    type: "url",
    value: old?.forge?.url ?? "",
    placeholder: "https://api.github.com",
    hint: "The credential above goes there too, and needs the right to write pull requests.",
    complain: (text) => (text === "" && open.value() === "closed" ? null : complainAboutUrl(text)),
  });
  const host = field({
    label: "Name that tools ask for",
    name: "git-forge-host",
    mono: true,
    value: old?.forge?.host ?? "",
    placeholder: "api.github.com",
    hint: "Left empty: the one in the address.",
    complain: (text) => (text === "" || HOST.test(text) ? null : "This is not a host name."),
  });
  const details = h("div.stack", {}, api.row, host.row);
  const draw = (): void => {
    details.hidden = open.value() === "closed";
    if (!details.hidden && api.value() === "") api.input.value = guess(url.value());
  };
  open.onChange(draw);
  draw();
  return {
    rows: [open.row, details],
    check: () => {
      draw();
      return open.value() === "closed" || (api.value() !== "" && [api, host].every((each) => each.check()));
    },
    value: () =>
      open.value() === "closed"
        ? {}
        : {
            forge: {
              pack: "github",
              url: api.value(),
              host: host.value() || new URL(api.value()).hostname,
            },
          },
  };
}

/** GitHub's own API is under a name of its own; an enterprise's under a path. */
function guess(address: string): string {
  if (!URL.canParse(address)) return "";
  const { protocol, host } = new URL(address);
  return host === "github.com" ? "https://api.github.com" : `${protocol}//${host}/api/v3`;
}
