/** A program without a browser begins a login (RFC 8628 section 3.1). */
import { COMMAND_LINE } from "../../../features/access/clients.ts";
import { startDeviceLogin } from "../../../features/access/device-logins.ts";
import { answeredAsOauth, refuse } from "../../../features/access/oauth-refusal.ts";
import { deviceLoginForm, readForm, readScope } from "../../../features/access/schema.ts";
import { limits } from "../../../limits.ts";
import { addresses } from "../../../server/addresses.ts";
import { deviceOf } from "../../../server/device.ts";

export async function POST(request: Request): Promise<Response> {
  return await answeredAsOauth(async () => {
    const form = await readForm(deviceLoginForm, request);
    if (form.client_id !== COMMAND_LINE) throw refuse("invalid_client", "this flow is the command line's");
    const { machine, scope } = form;
    const { address } = deviceOf(request);
    const login = await startDeviceLogin({ scope: readScope(scope), machine, address });
    const page = `${addresses().webOrigin}/device`;
    return {
      device_code: login.deviceCode,
      user_code: login.userCode,
      verification_uri: page,
      verification_uri_complete: `${page}?code=${login.userCode}`,
      expires_in: limits.deviceLoginMs / 1000,
      interval: limits.devicePollMs / 1000,
    };
  });
}
