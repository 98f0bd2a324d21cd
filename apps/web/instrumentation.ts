/** Checks the settings when the server starts, so that a wrong one is said at once and not at the first request. */
export async function register(): Promise<void> {
  if (process.env["NEXT_RUNTIME"] !== "nodejs") return;
  const { webConfig } = await import("./env.ts");
  webConfig();
}
