/** E-mail over SMTP: TLS always, by STARTTLS or from the first byte, over a connection that the gate has dialled itself. Plain text; it hears nothing. */
import type { Socket } from "node:net";
import { Problem } from "@nightgate/shared/problems";
import nodemailer from "nodemailer";
import { CHANNEL_LIMITS } from "../limits.ts";
import {
  asText,
  type Connection,
  type OutMessage,
  type Sent,
  type Service,
  type ServiceTools,
} from "../service.ts";

const SUBMISSION_PORT = 587;
const SUBMISSIONS_PORT = 465;

export function createEmail(tools: Pick<ServiceTools, "dial" | "host" | "trust">): Service {
  return {
    send: async (to, address, message, id, signal) => await send(tools, { to, address, message, id }, signal),
    checkCredential: (credential) => {
      if (credential !== "" && !/^[^:\s]+:.+$/s.test(credential))
        throw new Problem("input.invalid", { why: "the credential is user:password" });
    },
  };
}

interface Mail {
  to: Connection;
  address: string;
  message: OutMessage;
  id: string;
}

async function send(
  { dial, host, trust }: Pick<ServiceTools, "dial" | "host" | "trust">,
  { to, address, message, id }: Mail,
  signal: AbortSignal,
): Promise<Sent> {
  const url = new URL(to.channel.url);
  const tls = url.protocol === "smtps:";
  const name = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = Number(url.port) || (tls ? SUBMISSIONS_PORT : SUBMISSION_PORT);
  let socket: Socket;
  try {
    socket = await dial({ host: name, port, tls, named: true });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.retry === "later"
      ? { result: "later", detail: error.message, afterMs: null }
      : { result: "refused", detail: error.message };
  }
  const cut = (): void => void socket.destroy();
  signal.addEventListener("abort", cut, { once: true });
  const transport = nodemailer.createTransport({
    host: name,
    port,
    connection: socket,
    secure: tls,
    secured: tls,
    requireTLS: !tls,
    name: host,
    tls: { minVersion: "TLSv1.2", ...(trust === undefined ? {} : { ca: trust }) },
    ...authOf(to.credential),
    greetingTimeout: CHANNEL_LIMITS.answerMsMax,
    socketTimeout: CHANNEL_LIMITS.answerMsMax,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail({
      from: to.channel.from ?? `nightgate@${host}`,
      to: { name: "", address },
      subject: oneLine(message.title),
      text: asText(message),
      // The same at each attempt: a server that has it already can tell.
      messageId: `<${id}.nightgate@${host}>`,
      headers: { "auto-submitted": "auto-generated" },
    });
    return { result: "sent", reference: null };
  } catch (error) {
    return judge(error);
  } finally {
    signal.removeEventListener("abort", cut);
    transport.close();
    socket.destroy();
  }
}

function authOf(credential: string): { auth?: { user: string; pass: string } } {
  const at = credential.indexOf(":");
  return at < 1 ? {} : { auth: { user: credential.slice(0, at), pass: credential.slice(at + 1) } };
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").slice(0, 200);

/** RFC 5321, section 4.2.1: 4xx may be tried again, 5xx not. After DATA began, silence leaves it open if the server has it. */
function judge(error: unknown): Sent {
  const { responseCode, command, code } = error as { responseCode?: number; command?: string; code?: string };
  // What the server says may quote the credential: only its number goes on.
  if (responseCode !== undefined) {
    const detail = `The mail server answered ${responseCode}${command === undefined ? "" : ` to ${command.slice(0, 20)}`}.`;
    if (responseCode < 500) return { result: "later", detail, afterMs: null };
    return command === "RCPT TO" ? { result: "gone", detail } : { result: "refused", detail };
  }
  if (command === "DATA")
    return { result: "unknown", detail: "The mail server fell silent while it took the message." };
  if (code === "ETLS")
    return { result: "refused", detail: "The mail server offers no TLS, or its certificate is not good." };
  return {
    result: "later",
    detail: `The mail server could not be talked to (${code ?? "no reason given"}).`,
    afterMs: null,
  };
}
