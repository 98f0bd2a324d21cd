/** A local mail server that speaks SMTP with STARTTLS, or TLS from the first byte, asks for a password, and keeps what it takes. */
import { SMTPServer } from "smtp-server";
import type { TestCertificate } from "../certificate.ts";

export interface MailServer {
  url: string;
  user: string;
  password: string;
  received: { from: string; to: string[]; source: string; tls: boolean }[];
  /** What it answers to DATA next, once; "silence" takes the message and says nothing. */
  next: { code: number } | "silence" | null;
  stop(): Promise<void>;
}

export async function startMailServer(certificate: TestCertificate, tls: boolean): Promise<MailServer> {
  const mail: MailServer = {
    url: "",
    user: "nightgate",
    password: "mail-secret",
    received: [],
    next: null,
    stop: async () => await new Promise((resolve) => server.close(() => resolve())),
  };
  const refusal = (code: number): Error => Object.assign(new Error("no"), { responseCode: code });
  const server = new SMTPServer({
    secure: tls,
    cert: certificate.certificate,
    key: certificate.key,
    authMethods: ["PLAIN", "LOGIN"],
    closeTimeout: 100,
    logger: false,
    onAuth: ({ username, password }, session, callback) => {
      if (!session.secure) return callback(refusal(538));
      const right = username === mail.user && password === mail.password;
      callback(right ? null : refusal(535), right ? { user: username } : undefined);
    },
    onRcptTo: ({ address }, _session, callback) =>
      callback(address.startsWith("nobody@") ? refusal(550) : null),
    onData: (stream, session, callback) => {
      let source = "";
      stream.on("data", (chunk: Buffer) => (source += chunk.toString("utf8")));
      stream.on("end", () => {
        const next = mail.next;
        mail.next = null;
        if (next === "silence") return;
        if (next !== null) return callback(refusal(next.code));
        const { mailFrom, rcptTo } = session.envelope;
        const to = rcptTo.map(({ address }) => address);
        mail.received.push({
          from: mailFrom === false ? "" : mailFrom.address,
          to,
          source,
          tls: session.secure,
        });
        callback();
      });
    },
  });
  // Clients that do not like the certificate hang up: that is theirs to say.
  server.on("error", (error: Error) => void error);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  mail.url = `${tls ? "smtps" : "smtp"}://127.0.0.1:${port}`;
  return mail;
}
