/** The browser's passkey dialogs, and what their failures mean in words. */
import {
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
} from "@simplewebauthn/browser";

/** Nothing happened, and that is fine: the person closed the dialog. */
export class PasskeyStopped extends Error {}

export function passkeysWork(): boolean {
  return window.isSecureContext && typeof window.PublicKeyCredential === "function";
}

export async function usePasskey(options: unknown): Promise<unknown> {
  return await explained(
    startAuthentication({ optionsJSON: options as PublicKeyCredentialRequestOptionsJSON }),
  );
}

export async function makePasskey(options: unknown): Promise<unknown> {
  return await explained(
    startRegistration({ optionsJSON: options as PublicKeyCredentialCreationOptionsJSON }),
  );
}

async function explained<Answer>(ceremony: Promise<Answer>): Promise<Answer> {
  try {
    return await ceremony;
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    if (name === "InvalidStateError")
      throw new PasskeyStopped(
        "This device already holds a passkey for this gate. Use another device, or sign in with it.",
        { cause: error },
      );
    if (name === "NotAllowedError" || name === "AbortError")
      throw new PasskeyStopped(
        "No passkey was used: the dialog was closed or took too long. Nothing was changed.",
        { cause: error },
      );
    if (name === "SecurityError")
      throw new PasskeyStopped(
        "The browser refuses passkeys at this address. Open the gate at the address it was set up with.",
        { cause: error },
      );
    throw error;
  }
}
