/** The time zone of whoever looks, as their browser last said it: for what "this morning" is. Nothing is decided by it but how a page is drawn. */
import { cookies } from "next/headers";
import { ZONE_COOKIE } from "../browser/zone-cookie.ts";

/** An IANA time zone, or null before the browser has said one. */
export async function viewerZone(): Promise<string | null> {
  const said = (await cookies()).get(ZONE_COOKIE)?.value;
  if (said === undefined || said.length > 64) return null;
  try {
    const zone = decodeURIComponent(said);
    new Intl.DateTimeFormat("en", { timeZone: zone }).format();
    return zone;
  } catch {
    return null; // Not a zone: as if nothing had been said.
  }
}
