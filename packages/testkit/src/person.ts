/** A person at a real Chromium with a passkey: CDP's virtual authenticator (internal, resident keys, user verification). */
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from "@playwright/test";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Opens Debian's Chromium, headless. */
export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
}

export interface Person {
  context: BrowserContext;
  page: Page;
  /** Plugs the person's passkeys into another page of theirs. */
  withPasskey(page: Page): Promise<void>;
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
