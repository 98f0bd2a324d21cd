/** RFC 9728; next.config.ts leads /.well-known/oauth-protected-resource here, with and without /mcp behind it. */
import { protectedResourceMetadata } from "../../../../../features/access/metadata.ts";

export function GET(): Response {
  return Response.json(protectedResourceMetadata(), { headers: { "cache-control": "no-store" } });
}
