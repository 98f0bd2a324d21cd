// What the person at the terminal reads once everything serves: where to go, the one-time code, and how to get
// there from a laptop when this is a remote machine.
import { userInfo } from "node:os";
import { say } from "./say.mjs";

/** @param {string | null} code one-time code for the first passkey; null when somebody has one already */
export function welcome(settings, code, tookMs) {
  say();
  say(`Nightgate is up (${(tookMs / 1000).toFixed(0)} s).`);
  say();
  say(`  Web   ${settings.webOrigin}    queue tasks, watch them, see what needs you`);
  say(`  Gate  ${settings.gateOrigin}   passkeys, secrets, policy; what is held is approved here`);
  if (code !== null) {
    say();
    say(`  One-time code to enrol with a passkey: ${code}`);
    say("  Open the web app and sign up; the gate asks for it. (npm start -- --code prints a new one.)");
    say("  The first start makes the workstation image in the background; set-up shows how far it is.");
  }
  const tunnel = sshLine(settings, process.env.SSH_CONNECTION, userInfo().username);
  if (tunnel) {
    say();
    say(
      "  You are on this machine over SSH. On your own machine, run this and leave it open, then use the addresses above:",
    );
    say(`    ${tunnel}`);
  }
  say();
  say(`  Data and logs: ${settings.home}    Ctrl-C stops everything.`);
  say();
}

/** The tunnel for a person who came by SSH; null for one who did not. SSH_CONNECTION is "client port server port". */
export function sshLine({ webPort, gatePort }, sshConnection, user) {
  const [, , host, port] = (sshConnection ?? "").split(" ");
  if (!host || !port) return null;
  const forward = (each) => `-L ${each}:127.0.0.1:${each}`;
  const address = host.includes(":") ? `[${host}]` : host;
  return `ssh -N ${forward(webPort)} ${forward(gatePort)}${port === "22" ? "" : ` -p ${port}`} ${user}@${address.replace(/^\[|\]$/g, "")}`;
}
