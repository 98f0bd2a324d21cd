/** Resolves a name once, checks every address that it has, and hands out only what may be dialled. */
import { lookup as systemLookup } from "node:dns/promises";
import { isIP } from "node:net";
import { Problem } from "@nightgate/shared/problems";
import { isPublicAddress } from "./addresses.ts";
import { NET_LIMITS } from "./limits.ts";

/** All addresses of a name, in the order in which they should be tried. Rejects if it has none. */
export type Lookup = (host: string) => Promise<string[]>;

/** The machine's own resolver, /etc/hosts included. */
export const lookupBySystem: Lookup = async (host) =>
  (await systemLookup(host, { all: true, verbatim: true })).map((entry) => entry.address);

export interface CheckedLookup {
  /**
   * Addresses to dial, at least one. `named` says that the policy's own URL names this host, so it may be on a private network.
   * Throws Problem upstream.unreachable, or upstream.address-refused if any of its addresses is not public.
   */
  addresses(host: string, named: boolean): Promise<string[]>;
}

/** `lookup` is asked at most a few times at once, and once for a name that several connections wait for. */
export function createCheckedLookup(lookup: Lookup): CheckedLookup {
  const underway = new Map<string, Promise<string[]>>();
  const queue: (() => void)[] = [];
  let running = 0;

  const inTurn = async (host: string): Promise<string[]> => {
    if (running >= NET_LIMITS.lookupsAtOnceMax) await new Promise<void>((resolve) => queue.push(resolve));
    running += 1;
    try {
      return await withinTime(lookup(host));
    } finally {
      running -= 1;
      queue.shift()?.();
    }
  };

  const resolve = async (host: string): Promise<string[]> => {
    const pending = underway.get(host) ?? inTurn(host);
    underway.set(host, pending);
    try {
      return await pending;
    } catch (error) {
      throw new Problem("upstream.unreachable", { host, why: "its name does not resolve" }, { cause: error });
    } finally {
      underway.delete(host);
    }
  };

  return {
    addresses: async (host, named) => {
      const found = isIP(host) ? [host] : await resolve(host);
      if (found.length === 0)
        throw new Problem("upstream.unreachable", { host, why: "its name has no address" });
      // One private address among public ones is how a name is rebound: then none of them is dialled.
      if (!named && !found.every((address) => isPublicAddress(address))) {
        throw new Problem("upstream.address-refused", { host });
      }
      return found.slice(0, NET_LIMITS.addressesTriedMax);
    },
  };
}

async function withinTime<Result>(work: Promise<Result>): Promise<Result> {
  const late = AbortSignal.timeout(NET_LIMITS.lookupMsMax);
  return await Promise.race([
    work,
    new Promise<never>((_resolve, reject) => {
      late.addEventListener("abort", () => reject(late.reason), { once: true });
    }),
  ]);
}
