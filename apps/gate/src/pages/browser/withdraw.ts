/** Takes back the notifications of holds that are decided already: whoever opens the gate is not to be led to what is over. */
import { post } from "./api.ts";

/** More than anybody lets pile up; what is beyond is looked at when the gate is opened next. */
const LOOKED_AT_MAX = 20;

export async function withdrawSettled(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.getRegistration("/");
  // Absent where a browser knows service workers and no notifications.
  if (registration === undefined || !("getNotifications" in registration)) return;
  const shown = new Map<string, Notification>();
  for (const notification of await registration.getNotifications()) {
    const hold = (notification.data as { hold?: unknown } | null)?.hold;
    if (typeof hold === "string" && shown.size < LOOKED_AT_MAX) shown.set(hold, notification);
  }
  if (shown.size === 0) return;
  const { settled } = await post<{ settled: string[] }>("/api/push/settled", { holds: [...shown.keys()] });
  for (const hold of settled) shown.get(hold)?.close();
}
