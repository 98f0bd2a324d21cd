/** Debian's Chromium with a virtual authenticator, pointed at a world's port under the gate's own name. */
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type CDPSession,
  chromium,
  type Page,
} from "@playwright/test";
import type { Founder } from "../../testing/test-core.ts";
import { ORIGIN, RP_ID } from "../../testing/test-core.ts";

export async function openBrowser(port: number): Promise<Browser> {
  return await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--host-resolver-rules=MAP ${new URL(ORIGIN).host} 127.0.0.1:${port}`,
    ],
  });
}

export interface Phone {
  context: BrowserContext;
  page: Page;
  cdp: CDPSession;
  /** What the page threw or wrote as an error, content-security violations included. */
  complaints: string[];
}

/** A page with an authenticator that says yes; with `founder`'s passkey in it, if given. */
export async function openPhone(
  browser: Browser,
  founder: Founder | null,
  options: BrowserContextOptions = {},
): Promise<Phone> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  const cdp = await context.newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  const passkey = founder?.authenticator.passkeys[0];
  if (passkey !== undefined) {
    const der = passkey.privateKeyPem.replace(/-----[^-]+-----|\s/g, "");
    const credential = {
      credentialId: toBase64(passkey.credential),
      isResidentCredential: true,
      rpId: RP_ID,
      privateKey: der,
      // Each phone counts on from where the one before it may have stopped.
      signCount: Math.floor(Date.now() / 1000),
      ...(passkey.userHandle === null ? {} : { userHandle: toBase64(passkey.userHandle) }),
    };
    await cdp.send("WebAuthn.addCredential", { authenticatorId, credential });
  }
  return { context, page, cdp, complaints };
}

function toBase64(base64url: string): string {
  return Buffer.from(base64url, "base64url").toString("base64");
}
