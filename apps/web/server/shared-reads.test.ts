import { expect, test } from "vitest";
import { createSharedReads } from "./shared-reads.ts";

test("who asks together is answered by one read, and another key by its own", async () => {
  const reads: string[] = [];
  const shared = createSharedReads<string>();
  const ask = async (key: string): Promise<string> =>
    await shared(key, async () => {
      reads.push(key);
      return `of ${key}`;
    });
  expect(await Promise.all([ask("a"), ask("a"), ask("b"), ask("a")])).toEqual([
    "of a",
    "of a",
    "of b",
    "of a",
  ]);
  expect(reads).toEqual(["a", "b"]);
});

test("who comes after a read has begun gets a new one, which sees what happened meanwhile", async () => {
  const shared = createSharedReads<number>();
  let stored = 1;
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const first = shared("a", async () => {
    const seen = stored;
    begun.resolve();
    await goOn.promise;
    return seen;
  });
  await begun.promise;
  stored = 2;
  const second = shared("a", async () => stored);
  goOn.resolve();
  expect(await Promise.all([first, second])).toEqual([1, 2]);
});

test("a read that fails fails for all who waited for it, and the next one is tried anew", async () => {
  const shared = createSharedReads<string>();
  const broken = async (): Promise<string> => await Promise.reject(new Error("away"));
  const results = await Promise.allSettled([shared("a", broken), shared("a", broken)]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await shared("a", async () => "there")).toBe("there");
});
