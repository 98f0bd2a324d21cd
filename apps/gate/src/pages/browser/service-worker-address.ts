/** The one place where a string becomes an address of code: the gate's own service worker, by a Trusted Types policy that knows no other. */
const ADDRESS = "/service-worker.js";
const POLICY = "nightgate-service-worker";

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL: (url: string) => string };
}

export function registerServiceWorker(): void {
  if (!("serviceWorker" in navigator)) return;
  const trusted = (window as unknown as { trustedTypes?: TrustedTypes }).trustedTypes;
  // The policy's answer is a TrustedScriptURL; where the browser knows none, a plain string is taken.
  const address =
    trusted?.createPolicy(POLICY, { createScriptURL: () => ADDRESS }).createScriptURL(ADDRESS) ?? ADDRESS;
  navigator.serviceWorker
    .register(address, { scope: "/", updateViaCache: "none" })
    .catch((error: unknown) => {
      console.warn(
        "The service worker could not be registered; notifications will not arrive on this device.",
        error,
      );
    });
}
