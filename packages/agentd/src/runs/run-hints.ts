/** The run as a hint on requests to the gate. A hint and never an identity: whoever is inside may say anything. */

const PROXY = /^(?:https?|all)_proxy$/i;

/** Variables for an agent's process: git says the run in a header, and tools that know a proxy say it as their name there (RFC 7617). */
export function runHints(run: string, environment: Readonly<Record<string, string>>): Record<string, string> {
  const proxies = Object.entries(environment).filter(([name]) => PROXY.test(name));
  return {
    ...Object.fromEntries(proxies.map(([name, url]) => [name, url.replace("://", `://${run}:run@`)])),
    NIGHTGATE_RUN: run,
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.http://gate.nightgate/.extraHeader",
    GIT_CONFIG_VALUE_0: `Nightgate-Run: ${run}`,
  };
}
