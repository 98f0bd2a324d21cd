/** Forms in which something was changed that is not kept yet: what is drawn anew around them takes nothing away. */
const EDITED = "data-edited";

/** Notes from here on which forms are changed. */
export function noteEdits(): void {
  document.addEventListener("input", ({ target }) => {
    if (target instanceof Element) target.closest("form")?.setAttribute(EDITED, "");
  });
}

/** To be called when what is in the form was kept. */
export function nothingEdited(form: HTMLElement): void {
  form.removeAttribute(EDITED);
}

/** The section as it stands on the page, where somebody has changed something in it; else the one that was drawn anew. */
export function unlessEdited(section: HTMLElement): HTMLElement {
  const id = section.getAttribute("aria-labelledby") ?? "";
  const there = document.querySelector<HTMLElement>(`section[aria-labelledby="${id}"]`);
  return there?.querySelector(`form[${EDITED}]`) ? there : section;
}
