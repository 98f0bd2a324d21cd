/** What a browser's connection says of the device, for the list of sessions. Shown and never believed: nothing is decided by it. */

/** The address is the one that this server's own connection had; behind a proxy that is the proxy's, or what it passed on. */
export function deviceOf(request: Request): { userAgent: string; address: string } {
  const [address = ""] = (request.headers.get("x-forwarded-for") ?? "").split(",").slice(-1);
  return {
    userAgent: request.headers.get("user-agent") ?? "",
    address: address.trim().replace(/^::ffff:/, ""),
  };
}

/** True for an address that stands for everybody: where TLS ends in front of this process, all connections come from this host. */
export function isEverybodys(address: string): boolean {
  return address === "" || address === "::1" || address.startsWith("127.");
}
