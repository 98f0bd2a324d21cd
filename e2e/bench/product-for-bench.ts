/** A product with a signed-in person, a phone and a connected workstation, as the benches measure it. */
import { type Evening, setUpRehearsal, signUp } from "@nightgate/testkit/evening";
import { openBrowser } from "@nightgate/testkit/person";
import { type Phone, switchPhoneOn } from "@nightgate/testkit/phone";
import { startProduct } from "@nightgate/testkit/product";
import { startSharedEngine } from "@nightgate/testkit/shared-engine";

export interface BenchProduct {
  evening: Evening;
  phone: Phone;
  engineSocket: string;
}

/** Starts it, lets `measure` work, and stops all of it, however that ends. */
export async function withProduct<Result>(
  environment: Record<string, string>,
  measure: (product: BenchProduct) => Promise<Result>,
): Promise<Result> {
  const started: { stop(): Promise<void> }[] = [];
  try {
    const phone = await switchPhoneOn();
    started.push(phone);
    const engine = await startSharedEngine();
    started.push(engine);
    const product = await startProduct({
      dockerSocket: engine.socket,
      environment: { ...phone.environment, ...environment },
    });
    started.push(product);
    const browser = await openBrowser();
    started.push({ stop: async () => await browser.close() });
    const person = await signUp(product, browser);
    const evening = await setUpRehearsal(product, person);
    await phone.subscribe(product, person);
    return await measure({ evening, phone, engineSocket: engine.socket });
  } finally {
    for (const each of started.toReversed()) await each.stop();
  }
}
