/** The person's phone: a push subscription at a push service of the test's own, registered at the gate as the phone's browser would. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { askAsPerson } from "./ask-as-person.ts";
import { makeCertificate } from "./certificate.ts";
import { type PushService, startPushService } from "./fake-internet/push-service.ts";
import type { Person } from "./person.ts";
import type { Product } from "./product.ts";
import { until } from "./until.ts";

export interface Phone {
  service: PushService;
  /** To be set when the product starts, so that the gate trusts the service and may call it. */
  environment: Record<string, string>;
  /** Registers the phone for a signed-in person. */
  subscribe(product: Product, person: Person): Promise<void>;
  /** The message about a hold. */
  toldOf(hold: string): Promise<{ at: number; message: PushMessage }>;
  stop(): Promise<void>;
}

const pushMessage = z.looseObject({ title: z.string(), hold: z.string() });
export type PushMessage = z.infer<typeof pushMessage>;

const NOTIFIED_MS_MAX = 20_000;

/** Starts the push service with a certificate of its own. */
export async function switchPhoneOn(): Promise<Phone> {
  const folder = mkdtempSync(join(tmpdir(), "nightgate-phone-"));
  const certificate = makeCertificate(folder);
  const service = await startPushService(certificate);
  const known = process.env["NODE_EXTRA_CA_CERTS"];
  const trusted = join(folder, "trusted.pem");
  writeFileSync(
    trusted,
    `${known ? readFileSync(known, "utf8") : ""}\n${readFileSync(certificate.caFile, "utf8")}`,
  );
  return {
    service,
    environment: { NODE_EXTRA_CA_CERTS: trusted, NIGHTGATE_PUSH_ALLOWED_HOSTS: "127.0.0.1" },
    subscribe: async (product, person) => {
      const { endpoint, keys } = service.subscription;
      const data = { endpoint, ...keys, device: "Test phone" };
      const { status, body } = await askAsPerson(person.context, `${product.gate}/api/push/subscribe`, {
        method: "POST",
        data,
      });
      if (status !== 200)
        throw new Error(`The gate did not take the phone: ${status} ${JSON.stringify(body)}`);
    },
    toldOf: async (hold) =>
      await until(`the phone to be told of ${hold} (${service.refused.join("; ")})`, NOTIFIED_MS_MAX, () => {
        for (const { at, message } of service.received) {
          const parsed = pushMessage.safeParse(message);
          if (parsed.success && parsed.data.hold === hold) return { at, message: parsed.data };
        }
        return null;
      }),
    stop: async () => {
      await service.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
