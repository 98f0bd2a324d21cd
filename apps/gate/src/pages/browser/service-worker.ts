/**
 * The service worker: shows that a hold waits, opens exactly that hold, and keeps the static files. It decides nothing, reads no data
 * and offers no button that acts (attacks N1 and N4): a tap leads to the gate's own page and to nothing else.
 */
declare const STATIC_FILES: string[];
declare const STATIC_VERSION: string;

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface PushReceived extends Extendable {
  data: { json(): unknown } | null;
}
interface NotificationClicked extends Extendable {
  notification: Notification & { close(): void };
}
interface Fetched extends Extendable {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface WorkerScope {
  registration: {
    showNotification(title: string, options: Record<string, unknown>): Promise<void>;
    getNotifications(filter: { tag: string }): Promise<Notification[]>;
  };
  clients: {
    matchAll(filter: {
      type: "window";
      includeUncontrolled: boolean;
    }): Promise<{ url: string; focus(): Promise<unknown>; navigate(url: string): Promise<unknown> }[]>;
    openWindow(url: string): Promise<unknown>;
    claim(): Promise<void>;
  };
  skipWaiting(): Promise<void>;
  location: { origin: string };
  addEventListener(name: "install" | "activate", listener: (event: Extendable) => void): void;
  addEventListener(name: "push", listener: (event: PushReceived) => void): void;
  addEventListener(name: "notificationclick", listener: (event: NotificationClicked) => void): void;
  addEventListener(name: "fetch", listener: (event: Fetched) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
const CACHE = `nightgate-${STATIC_VERSION}`;
const HOLD = /^H-[0-9A-HJKMNP-TV-Z]{8}$/;
const BRIEFING = "nightgate-briefing";
const JOB = /^job_[0-9A-HJKMNP-TV-Za-z]{12}$/;

scope.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then(async (cache) => await cache.addAll(STATIC_FILES))
      .then(async () => await scope.skipWaiting()),
  );
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(dropOldCaches().then(async () => await scope.clients.claim()));
});

async function dropOldCaches(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map(async (name) => await caches.delete(name)));
}

scope.addEventListener("push", (event) => {
  event.waitUntil(showPush(event.data));
});

/** The gate's words only: title, body and the id of a hold. A message that is anything else still shows that the gate wants something. */
async function showPush(data: PushReceived["data"]): Promise<void> {
  const { title, body, hold, job, tag, quiet, shown } = readPush(data);
  // The same tag replaces what stood there: a hold has one notification, whatever became of it.
  await scope.registration.showNotification(title, {
    body,
    tag,
    icon: "/icon-192.png",
    badge: "/badge-96.png",
    renotify: !quiet,
    silent: quiet,
    data: { hold, job, tag },
  });
  if (shown !== "") await tellShown(shown);
}

/** That this device showed it: what a push service took may still never have rung. */
async function tellShown(token: string): Promise<void> {
  try {
    await fetch("/api/push/shown", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token }),
    });
  } catch (error) {
    console.warn("The gate was not told that the message was shown.", error);
  }
}

function readPush(data: PushReceived["data"]): {
  title: string;
  body: string;
  hold: string | null;
  job: string | null;
  tag: string;
  quiet: boolean;
  shown: string;
} {
  let raw: unknown = null;
  try {
    raw = data?.json() ?? null;
  } catch (error) {
    console.warn("A push message could not be read.", error);
  }
  const fields = typeof raw === "object" && raw !== null ? (raw as Record<string, unknown>) : {};
  const text = (name: string, otherwise: string): string =>
    typeof fields[name] === "string" ? fields[name] : otherwise;
  const [hold, job] = [text("hold", ""), text("job", "")];
  return {
    title: text("title", "The gate has news").slice(0, 300),
    body: text("body", "Open the gate to see it.").slice(0, 300),
    hold: HOLD.test(hold) ? hold : null,
    job: JOB.test(job) ? job : null,
    tag: text("tag", "nightgate").slice(0, 100),
    quiet: fields["quiet"] === true,
    shown: text("shown", "").slice(0, 200),
  };
}

scope.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const data = event.notification.data as { hold?: unknown; job?: unknown; tag?: unknown } | null;
  event.waitUntil(openPath(data?.tag === BRIEFING ? "/briefing" : pathOf(data?.hold, data?.job)));
});

function pathOf(hold: unknown, job: unknown): string {
  if (typeof hold === "string" && HOLD.test(hold)) return `/holds/${hold}`;
  return typeof job === "string" && JOB.test(job) ? `/jobs/${job}` : "/holds";
}

/** Always on our own origin, from an id that has the form of one; the gate itself leads on to web where a job is. */
async function openPath(path: string): Promise<void> {
  const url = new URL(path, scope.location.origin).href;
  const windows = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.find((each) => each.url === url);
  if (there !== undefined) await there.focus();
  else await scope.clients.openWindow(url);
}

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const url = new URL(request.url);
  if (url.origin !== scope.location.origin) return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(async () => await offline()));
  else if (STATIC_FILES.includes(url.pathname)) event.respondWith(fromCache(request));
});

async function offline(): Promise<Response> {
  return (await caches.match("/offline")) ?? Response.error();
}

async function fromCache(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? (await fetch(request));
}
