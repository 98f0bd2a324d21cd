/** Killing a process of the product as nobody would: with SIGKILL, and seeing the launcher bring another. */
import type { Product } from "@nightgate/testkit/product";
import { until } from "@nightgate/testkit/until";

const BACK_MS_MAX = 45_000;

/** Kills it and waits until there is another one. Whether that serves already, the caller finds out. */
export async function killProcess(product: Product, name: string): Promise<void> {
  const before = product.pidOf(name);
  process.kill(before, "SIGKILL");
  await anotherProcess(product, name, before);
}

export async function anotherProcess(product: Product, name: string, before: number): Promise<void> {
  await until(`another ${name}`, BACK_MS_MAX, () => product.pidOf(name) !== before);
}
