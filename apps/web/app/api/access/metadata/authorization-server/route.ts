/** RFC 8414; next.config.ts leads /.well-known/oauth-authorization-server here. */
import { authorizationServerMetadata } from "../../../../../features/access/metadata.ts";

export function GET(): Response {
  return Response.json(authorizationServerMetadata(), { headers: { "cache-control": "no-store" } });
}
