/** An ACP agent for tests, started as a process of its own: what it does is in the prompt's first word. */
import { Readable, Writable } from "node:stream";
import {
  agent,
  type AgentContext,
  methods,
  ndJsonStream,
  PROTOCOL_VERSION,
  RequestError,
} from "@agentclientprotocol/sdk";

const cancels = new Map<string, () => void>();
let turns = 0;

async function say(client: AgentContext, sessionId: string, text: string): Promise<void> {
  for (const piece of text.match(/.{1,5}/gsu) ?? []) {
    await client.notify(methods.client.session.update, {
      sessionId,
      update: {
        sessionUpdate: "agent_message_chunk",
        messageId: `m${turns}`,
        content: { type: "text", text: piece },
      },
    });
  }
}

const app = agent({ name: "fake" })
  .onRequest(methods.agent.initialize, () => ({
    protocolVersion: PROTOCOL_VERSION,
    agentCapabilities: { loadSession: true, sessionCapabilities: { resume: {} } },
  }))
  .onRequest(methods.agent.session.new, () => ({
    sessionId: process.env["FAKE_FORGETS"] === "yes" ? "another-session" : "fake-session",
    modes: { currentModeId: "ask", availableModes: [{ id: "ask", name: "Ask" }] },
  }))
  .onRequest(methods.agent.session.resume, ({ params }) => {
    if (process.env["FAKE_FORGETS"] === "yes") throw RequestError.resourceNotFound(params.sessionId);
    return {};
  })
  .onNotification(methods.agent.session.cancel, ({ params }) => cancels.get(params.sessionId)?.())
  .onRequest(methods.agent.session.prompt, async ({ params, client }) => {
    turns += 1;
    const [block] = params.prompt;
    const text = block?.type === "text" ? block.text : "";
    switch (text.split(" ")[0] ?? "") {
      case "break":
        await say(client, params.sessionId, "I begin");
        throw RequestError.internalError(
          { errorKind: "server_error" },
          "API Error: Connection dropped (ECONNRESET).",
        );
      case "limited":
        throw RequestError.internalError({ errorKind: "rate_limit" }, "API Error: Request rejected (429)");
      case "die":
        process.stderr.write("I cannot go on\n");
        process.exit(3);
        break;
      case "hang":
        await new Promise<void>((resolve) => cancels.set(params.sessionId, resolve));
        return { stopReason: "cancelled" };
      case "ask": {
        const { outcome } = await client.request(methods.client.session.requestPermission, {
          sessionId: params.sessionId,
          toolCall: { toolCallId: "t1" },
          options: [
            { optionId: "no", name: "No", kind: "reject_once" },
            { optionId: "yes", name: "Yes", kind: "allow_once" },
          ],
        });
        await say(
          client,
          params.sessionId,
          outcome.outcome === "selected" ? `You said ${outcome.optionId}` : "You said nothing",
        );
        return { stopReason: "end_turn" };
      }
    }
    await say(client, params.sessionId, `Heard: ${text}`);
    return { stopReason: "end_turn" };
  });

app.connect(
  ndJsonStream(
    Writable.toWeb(process.stdout) as WritableStream<Uint8Array>,
    Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>,
  ),
);
