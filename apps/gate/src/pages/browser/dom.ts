/** Builds elements from parts. Text becomes text nodes and nothing else: there is no way in here to write markup (attack W10). */
import { ICONS, type IconName } from "../icons.ts";

export type Child = Node | string | number | null | undefined | false | readonly Child[];
type Listener = (event: Event) => void;
export type Attributes = Record<string, string | number | boolean | null | undefined | Listener>;

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. `true` sets a bare attribute; null, undefined and false set none; a function listens to the event of that name.
 * A class may be given behind the tag's name: `h("p.lead")`.
 */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag | `${Tag}.${string}`,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const [name = "div", ...classes] = tag.split(".");
  const element = document.createElement(name) as HTMLElementTagNameMap[Tag];
  if (classes.length > 0) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) setAttribute(element, key, value);
  append(element, children);
  return element;
}

function setAttribute(element: HTMLElement, key: string, value: Attributes[string]): void {
  if (typeof value === "function") element.addEventListener(key, value);
  else if (value === true) element.setAttribute(key, "");
  else if (value === null || value === undefined || value === false) element.removeAttribute(key);
  else if (key === "class") element.className = `${element.className} ${value}`.trim();
  else if (key === "href" && !/^(\/|#|https?:\/\/)/.test(String(value))) element.removeAttribute(key);
  else element.setAttribute(key, String(value));
}

export function append(parent: Node, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (child instanceof Node) parent.appendChild(child);
    else if (typeof child === "string" || typeof child === "number")
      parent.appendChild(document.createTextNode(String(child)));
    else append(parent, child);
  }
}

/** Puts `children` in place of everything in `parent`. */
export function fill(parent: Element, ...children: Child[]): void {
  parent.replaceChildren();
  append(parent, children);
}

export function icon(name: IconName): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const { tag, attributes } of ICONS[name]) {
    const shape = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, value);
    svg.appendChild(shape);
  }
  return svg;
}

/** The element of that id, which the page's frame promises. */
export function byId(id: string): HTMLElement {
  return document.getElementById(id) ?? document.body.appendChild(h("div", { id }));
}

/** Says something to a screen reader, once. */
export function announce(words: string): void {
  byId("announcer").textContent = words;
}
