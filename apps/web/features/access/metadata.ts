/** What programs find out by themselves: where to ask for access (RFC 8414), and that MCP wants it from here (RFC 9728). */
import { addresses } from "../../server/addresses.ts";
import { resources } from "./schema.ts";

export function authorizationServerMetadata(): Record<string, unknown> {
  const { webOrigin } = addresses();
  return {
    issuer: webOrigin,
    authorization_endpoint: `${webOrigin}/oauth/authorize`,
    token_endpoint: `${webOrigin}/oauth/token`,
    registration_endpoint: `${webOrigin}/oauth/register`,
    revocation_endpoint: `${webOrigin}/oauth/revoke`,
    device_authorization_endpoint: `${webOrigin}/oauth/device`,
    scopes_supported: ["read", "act"],
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: [
      "authorization_code",
      "refresh_token",
      "urn:ietf:params:oauth:grant-type:device_code",
    ],
    token_endpoint_auth_methods_supported: ["none"],
    revocation_endpoint_auth_methods_supported: ["none"],
    code_challenge_methods_supported: ["S256"],
    authorization_response_iss_parameter_supported: true,
  };
}

export function protectedResourceMetadata(): Record<string, unknown> {
  return {
    resource: resources().mcp,
    resource_name: "Nightgate",
    authorization_servers: [addresses().webOrigin],
    scopes_supported: ["read", "act"],
    bearer_methods_supported: ["header"],
  };
}

/** Where a program that was refused finds out how to get in (RFC 9728 section 5.1). */
export function challengeHeader(error: "invalid_token" | "insufficient_scope" | null): string {
  const metadata = `${addresses().webOrigin}/.well-known/oauth-protected-resource/mcp`;
  const parts = [`resource_metadata="${metadata}"`, 'scope="read act"'];
  if (error !== null) parts.unshift(`error="${error}"`);
  return `Bearer ${parts.join(", ")}`;
}
