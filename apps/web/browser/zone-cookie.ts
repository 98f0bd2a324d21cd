/** Where a browser keeps the name of its time zone for the server. No secret, and nothing is decided by it. */
export const ZONE_COOKIE = "nightgate-zone";
