/** Keeps a page true: one event stream while somebody looks, closed while nobody does, and a fresh look at everything after each gap. */

/** Calls `look` after each announcement about `tables` (at most every 250 ms) and whenever something may have been missed. */
export function follow(tables: readonly string[], look: () => void): void {
  let source: EventSource | null = null;
  let waiting = 0;
  const soon = (): void => {
    if (waiting !== 0) return;
    waiting = window.setTimeout(() => {
      waiting = 0;
      look();
    }, 250);
  };
  let connectedBefore = false;
  const open = (): void => {
    if (source !== null || document.visibilityState === "hidden") return;
    source = new EventSource("/api/events");
    source.addEventListener("ready", () => {
      setLive(true);
      if (connectedBefore) soon();
      connectedBefore = true;
    });
    source.addEventListener("change", (event) => {
      const table = readTable(event);
      if (table !== null && tables.includes(table)) soon();
    });
    source.addEventListener("error", () => setLive(false));
  };
  const close = (): void => {
    source?.close();
    source = null;
  };
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") close();
    else open();
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
  open();
}

function readTable(event: Event): string | null {
  const data: unknown = event instanceof MessageEvent ? JSON.parse(String(event.data)) : null;
  return typeof data === "object" && data !== null && "table" in data && typeof data.table === "string"
    ? data.table
    : null;
}

function setLive(live: boolean): void {
  document.body.classList.toggle("not-live", !live);
}
