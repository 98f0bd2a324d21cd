/** What a workstation's CA can never vouch for: addresses, and names of the workstation itself (RFC 5280 section 4.2.1.10). */
import { Extension } from "@peculiar/x509";

const NAME_CONSTRAINTS_OID = "2.5.29.30";
const SEQUENCE = 0x30;
const EXCLUDED_SUBTREES = 0xa1;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

/** A critical extension that excludes every IPv4 and IPv6 address and `localhost`. */
export function noAddressesConstraint(): Extension {
  const excluded = [
    subtree(IP_ADDRESS, Buffer.alloc(8)),
    subtree(IP_ADDRESS, Buffer.alloc(32)),
    subtree(DNS_NAME, Buffer.from("localhost", "ascii")),
  ];
  const value = der(SEQUENCE, der(EXCLUDED_SUBTREES, Buffer.concat(excluded)));
  return new Extension(NAME_CONSTRAINTS_OID, true, new Uint8Array(value));
}

/** GeneralSubtree with its base alone: minimum is 0 by default and absent in DER. An address is prefix and mask: all zero is all of them. */
function subtree(tag: number, base: Buffer): Buffer {
  return der(SEQUENCE, der(tag, base));
}

function der(tag: number, content: Buffer): Buffer {
  // Short form of the length: nothing here is as long as 128 bytes.
  return Buffer.concat([Buffer.from([tag, content.length]), content]);
}
