/**
 * Which addresses the gate dials for an agent: public ones. Everything else (private, loopback, link-local and metadata, carrier-grade NAT,
 * multicast, IPv4 inside IPv6, translation prefixes, whatever IANA adds to the special registries) is refused, because a name that an
 * attacker controls may resolve to it. Documentation ranges lead nowhere on the internet, and closed networks use them: they pass.
 */
import { networkInterfaces } from "node:os";
import ipaddr from "ipaddr.js";

const DOCUMENTATION: readonly [string, number][] = [
  ["192.0.2.0", 24],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
];
/** Global unicast as IANA has assigned it; the rest of IPv6 is not the internet. */
const IPV6_INTERNET: [string, number] = ["2000::", 3];

/** True if the address, as the resolver wrote it, is on the public internet and is none of this host's own. */
export function isPublicAddress(text: string, own: ReadonlySet<string> = ownAddresses()): boolean {
  if (!ipaddr.isValid(text) || own.has(text)) return false;
  const address = ipaddr.parse(text);
  const range = address.range();
  if (address instanceof ipaddr.IPv4) return range === "unicast" || isDocumentation(address);
  const [prefix, bits] = IPV6_INTERNET;
  return range === "unicast" && address.match(ipaddr.IPv6.parse(prefix), bits);
}

/** True for loopback, the unspecified address and link-local ones (metadata services), in IPv4, IPv6, and IPv4 inside IPv6. */
export function isOfThisMachine(text: string): boolean {
  if (!ipaddr.isValid(text)) return true;
  return ["loopback", "unspecified", "linkLocal"].includes(ipaddr.process(text).range());
}

/** Addresses of this host's own interfaces: what listens there is not for workstations. */
export function ownAddresses(): ReadonlySet<string> {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return new Set(all.map((entry) => entry.address));
}

function isDocumentation(address: ipaddr.IPv4): boolean {
  return DOCUMENTATION.some(([prefix, bits]) => address.match(ipaddr.IPv4.parse(prefix), bits));
}
