/** Labelled fields with their hint and their complaint in one place, so that no form has its own idea of them. */
import { type Child, fill, h } from "./dom.ts";

export interface FieldOptions {
  label: string;
  name: string;
  value?: string;
  hint?: Child;
  required?: boolean;
  mono?: boolean;
  max?: number;
  rows?: number;
  secret?: boolean;
  type?: string;
  placeholder?: string;
  autocomplete?: string;
  /** A sentence if the value cannot be right, else null. */
  complain?: (value: string) => string | null;
}

export interface Field {
  row: HTMLElement;
  input: HTMLInputElement | HTMLTextAreaElement;
  value(): string;
  /** Shows what is wrong and says if all is well; the first field that is not gets the focus. */
  check(): boolean;
}

export function field(options: FieldOptions): Field {
  const id = `field-${options.name}`;
  const common = {
    id,
    name: options.name,
    maxlength: options.max,
    placeholder: options.placeholder,
    autocomplete: options.autocomplete ?? "off",
    spellcheck: "false",
    autocapitalize: "none",
    "aria-required": options.required === true ? "true" : null,
    "aria-describedby": `${id}-hint ${id}-problem`,
    class: options.mono === true || options.secret === true ? "mono" : "",
  };
  const input =
    options.rows === undefined
      ? h("input", { ...common, type: options.secret === true ? "password" : (options.type ?? "text") })
      : h("textarea", { ...common, rows: options.rows });
  input.value = options.value ?? "";
  const problem = h("p.problem", { id: `${id}-problem` });
  const complaint = (): string | null => {
    const value = input.value.trim();
    if (value === "") return options.required === true ? `${options.label} is needed.` : null;
    return options.complain?.(value) ?? null;
  };
  const say = (words: string | null): void => {
    fill(problem, words);
    input.setAttribute("aria-invalid", words === null ? "false" : "true");
  };
  input.addEventListener("input", () => {
    if (input.getAttribute("aria-invalid") === "true") say(complaint());
  });
  return {
    row: h(
      "div.field",
      {},
      h(
        "label",
        { for: id },
        options.label,
        options.required === true ? null : h("span.quiet", {}, " optional"),
      ),
      input,
      h("p.hint", { id: `${id}-hint` }, options.hint ?? null),
      problem,
    ),
    input,
    value: () => input.value.trim(),
    check: () => {
      const words = complaint();
      say(words);
      if (words !== null && document.querySelector("[aria-invalid=true]") === input) input.focus();
      return words === null;
    },
  };
}

export interface Choice {
  row: HTMLElement;
  value(): string;
  onChange(listener: () => void): void;
}

/** A few exclusive choices, each with its own sentence. */
export function choice(
  label: string,
  name: string,
  options: { value: string; label: string; words?: string }[],
  chosen: string,
): Choice {
  const inputs = options.map((option) =>
    h("input", { type: "radio", name, value: option.value, checked: option.value === chosen }),
  );
  const row = h(
    "fieldset.field",
    {},
    h("legend", {}, label),
    h(
      "div.choices",
      {},
      options.map((option, at) =>
        h(
          "label.choice",
          {},
          inputs[at],
          h(
            "span",
            {},
            h("b", {}, option.label),
            option.words === undefined ? null : h("span.hint", {}, option.words),
          ),
        ),
      ),
    ),
  );
  return {
    row,
    value: () => inputs.find((input) => input.checked)?.value ?? chosen,
    onChange: (listener) => row.addEventListener("change", listener),
  };
}

/** An http or https address without a credential in it. */
export function complainAboutUrl(value: string): string | null {
  if (!URL.canParse(value)) return "This is not an address. It starts with https://.";
  const url = new URL(value);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return "Only https:// and, on your own network, http:// addresses work.";
  return url.username === "" && url.password === ""
    ? null
    : "Leave the credential out of the address: it belongs into the field below.";
}
