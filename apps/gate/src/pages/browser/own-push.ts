/** This browser's own subscription: whether it can be rung, under which id the gate knows it, and how it comes to be. */
import { post } from "./api.ts";
import { deviceName } from "./words.ts";

/** Under which id the gate knows this browser; what the gate has forgotten does not ring, whatever the browser believes. */
const OWN_ID = "push device";

export function pushWorks(): boolean {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

/** The gate's id of this browser, if it is among `known` and still subscribed. */
export async function ownDevice<Device extends { id: string }>(
  known: readonly Device[],
): Promise<Device | null> {
  if (!pushWorks()) return null;
  const registration = await navigator.serviceWorker.getRegistration("/");
  if (!(await registration?.pushManager.getSubscription())) return null;
  return known.find((device) => device.id === window.localStorage.getItem(OWN_ID)) ?? null;
}

/** Asks the browser, subscribes, and tells the gate. Throws an Error that says what the browser did not allow. */
export async function letRing(publicKey: string): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted")
    throw new Error(
      "The browser did not allow notifications. Allow them in its settings for this page, and try again.",
    );
  const registration = await navigator.serviceWorker.ready;
  // One that was made for another key (the gate was set up anew) would stand in the way.
  await (await registration.pushManager.getSubscription())?.unsubscribe();
  const subscription = await registration.pushManager
    .subscribe({ userVisibleOnly: true, applicationServerKey: publicKey })
    .catch((cause: unknown) => {
      throw new Error(
        "The browser's push service cannot be reached from here. Check the connection and try again.",
        { cause },
      );
    });
  const { endpoint, keys } = subscription.toJSON();
  const { id } = await post<{ id: string }>("/api/push/subscribe", {
    endpoint,
    p256dh: keys?.["p256dh"],
    auth: keys?.["auth"],
    device: deviceName(),
  });
  window.localStorage.setItem(OWN_ID, id);
}
