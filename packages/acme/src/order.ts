/** One certificate for one name from an ACME authority (RFC 8555), the name proved on its own TLS port (RFC 8737, tls-alpn-01). */
import type { Clock } from "@nightgate/shared/clock";
import { z } from "zod";
import { AcmeRefused, type Authority } from "./authority.ts";
import { certificateRequest, challengeCertificate, keyPem, newKeys, type PemPair } from "./keys.ts";
import { ACME_LIMITS } from "./limits.ts";

export interface OrderOptions {
  authority: Authority;
  hostname: string;
  /** Where the authority writes when something is wrong; null for nobody. */
  email: string | null;
  /** Serves this pair to who asks for the challenge; null takes it away. */
  answerChallenge(pair: PemPair | null): void;
  clock: Clock;
  signal: AbortSignal;
}

const url = z.url({ protocol: /^https$/ });
const order = z.object({
  status: z.string(),
  authorizations: z.array(url),
  finalize: url,
  certificate: url.optional(),
});
const problem = z.object({ detail: z.string() }).optional();
const authorization = z.object({
  status: z.string(),
  challenges: z.array(z.object({ type: z.string(), url, token: z.string().optional(), error: problem })),
});

/** Rejects with AcmeRefused, which says what the authority had against it. */
export async function orderCertificate(options: OrderOptions): Promise<PemPair> {
  const { authority, hostname, email } = options;
  const account = await authority.post(
    authority.urls.newAccount,
    { termsOfServiceAgreed: true, ...(email === null ? {} : { contact: [`mailto:${email}`] }) },
    null,
  );
  const by = account.location;
  if (by === null) throw new AcmeRefused("The authority opened no account.");
  const identifiers = [{ type: "dns", value: hostname }];
  const placed = await authority.post(authority.urls.newOrder, { identifiers }, by);
  if (placed.location === null) throw new AcmeRefused("The authority took no order.");
  for (const each of order.parse(placed.body).authorizations) await prove(options, each, by);
  const keys = await newKeys();
  const csr = Buffer.from(await certificateRequest(hostname, keys)).toString("base64url");
  await authority.post(order.parse(placed.body).finalize, { csr }, by);
  const place = placed.location;
  const done = await poll(options, async () => {
    const now = order.parse((await authority.post(place, null, by)).body);
    if (now.status === "invalid") throw new AcmeRefused(`The authority refused the order for ${hostname}.`);
    return now.certificate ?? null;
  });
  return { cert: (await authority.post(done, null, by)).text, key: await keyPem(keys) };
}

/** Shows the authority that the name's TLS port is ours. */
async function prove(options: OrderOptions, address: string, by: string): Promise<void> {
  const { authority, hostname, answerChallenge } = options;
  const read = async (): Promise<z.infer<typeof authorization>> =>
    authorization.parse((await authority.post(address, null, by)).body);
  const asked = await read();
  if (asked.status === "valid") return;
  const challenge = asked.challenges.find(({ type }) => type === "tls-alpn-01");
  if (challenge?.token === undefined)
    throw new AcmeRefused(`The authority has no tls-alpn-01 challenge for ${hostname}.`);
  answerChallenge(await challengeCertificate(hostname, await authority.keyAuthorization(challenge.token)));
  try {
    await authority.post(challenge.url, {}, by);
    await poll(options, async () => {
      const now = await read();
      if (now.status === "pending" || now.status === "processing") return null;
      if (now.status === "valid") return true;
      const why = now.challenges.find(({ error }) => error !== undefined)?.error?.detail ?? now.status;
      throw new AcmeRefused(
        `The authority could not see that ${hostname} is ours: ${why.slice(0, 300)} It connects to port 443 of the name's address.`,
      );
    });
  } finally {
    answerChallenge(null);
  }
}

async function poll<Result>(
  { clock, signal, hostname }: OrderOptions,
  look: () => Promise<Result | null>,
): Promise<Result> {
  for (let polls = 0; polls < ACME_LIMITS.pollsMax; polls += 1) {
    const found = await look();
    if (found !== null) return found;
    await clock.wait(ACME_LIMITS.pollMs, signal);
  }
  throw new AcmeRefused(`The authority did not finish the order for ${hostname} in time.`);
}
