/** A program registers itself (RFC 7591). */
import { clientMetadata, registerClient } from "../../../features/access/clients.ts";
import { answeredAsOauth, json, refuse } from "../../../features/access/oauth-refusal.ts";
import { deviceOf } from "../../../server/device.ts";
import { readInput } from "../../../server/route.ts";

export async function POST(request: Request): Promise<Response> {
  return await answeredAsOauth(async () => {
    const metadata = await readInput(clientMetadata, request).catch((error: unknown) => {
      throw refuse("invalid_client_metadata", error instanceof Error ? error.message : "it cannot be read");
    });
    return json(await registerClient(metadata, deviceOf(request).address), 201);
  });
}
