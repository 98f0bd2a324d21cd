/** What a request's connection says of the device, for the list of sessions. Shown and never believed. */
import type { Context } from "hono";
import { z } from "zod";
import type { Device } from "../core/people-ports.ts";

const USER_AGENT_CHARACTERS_MAX = 400;
/** @hono/node-server's bindings; absent where a test asks without a connection. */
const bindings = z.object({ incoming: z.object({ socket: z.object({ remoteAddress: z.string() }) }) });

/** The address is that of the connection itself: what a header says of it is not looked at. */
export function deviceOf(c: Context): Device {
  const connection = bindings.safeParse(c.env);
  const address = connection.success ? connection.data.incoming.socket.remoteAddress : "";
  return {
    userAgent: (c.req.header("user-agent") ?? "").slice(0, USER_AGENT_CHARACTERS_MAX),
    address: address.replace(/^::ffff:/, ""),
  };
}
