/** A person at a real Chromium with a passkey: CDP's virtual authenticator (internal, resident keys, user verification). */
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from "@playwright/test";
import type { SoftwarePasskey } from "./software-authenticator.ts";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Opens Debian's Chromium, headless; `flags` for what it is to believe of names and certificates. */
export async function openBrowser(flags: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({ executablePath: "/usr/bin/chromium", args: [...FLAGS, ...flags] });
}

export interface Person {
  context: BrowserContext;
  page: Page;
  /** Plugs the person's passkeys into another page of theirs. */
  withPasskey(page: Page): Promise<void>;
  /** The person's passkeys for a software authenticator, and how often they have signed. */
  exportPasskeys(): Promise<{ passkeys: SoftwarePasskey[]; signatures: number }>;
  close(): Promise<void>;
}

export interface Look {
  width?: number;
  height?: number;
  colorScheme?: "light" | "dark";
}

/** A fresh browser profile with an empty authenticator. */
export async function newPerson(browser: Browser, look: Look = {}): Promise<Person> {
  const context = await browser.newContext({
    viewport: { width: look.width ?? 1440, height: look.height ?? 900 },
    colorScheme: look.colorScheme ?? "light",
  });
  const page = await context.newPage();
  const first = await authenticator(context, page);
  let copies = 0;
  return {
    context,
    page,
    exportPasskeys: async () => await exportPasskeys(first),
    withPasskey: async (other) => await copyPasskeys(first, await authenticator(context, other), ++copies),
    close: async () => await context.close(),
  };
}

interface Authenticator {
  session: CDPSession;
  id: string;
}

async function authenticator(context: BrowserContext, page: Page): Promise<Authenticator> {
  const session = await context.newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { session, id: authenticatorId };
}

async function exportPasskeys({
  session,
  id,
}: Authenticator): Promise<{ passkeys: SoftwarePasskey[]; signatures: number }> {
  const { credentials } = await session.send("WebAuthn.getCredentials", { authenticatorId: id });
  const url = (base64: string): string => Buffer.from(base64, "base64").toString("base64url");
  const passkeys = credentials.map(({ credentialId, userHandle, privateKey }) => ({
    credential: url(credentialId),
    userHandle: userHandle === undefined ? null : url(userHandle),
    privateKeyPem: `-----BEGIN PRIVATE KEY-----\n${privateKey}\n-----END PRIVATE KEY-----\n`,
  }));
  return { passkeys, signatures: Math.max(0, ...credentials.map(({ signCount }) => signCount)) };
}

const SIGNATURES_MAX = 1_000;

/** A passkey counts its signatures and the gate refuses one that counts backwards: each copy counts from where no earlier one got to. */
async function copyPasskeys(from: Authenticator, to: Authenticator, copies: number): Promise<void> {
  const { credentials } = await from.session.send("WebAuthn.getCredentials", { authenticatorId: from.id });
  for (const credential of credentials)
    await to.session.send("WebAuthn.addCredential", {
      authenticatorId: to.id,
      credential: { ...credential, signCount: credential.signCount + copies * SIGNATURES_MAX },
    });
}
