/** Reads server-sent events out of chunks of text (HTML standard, section 9.2.6), as far as our own server writes them. */
export interface SseMessage {
  event: string;
  id: string | null;
  data: string;
}

/** Takes chunks as they come and gives the messages that are complete. */
export function createSseParser(): (chunk: string) => SseMessage[] {
  let rest = "";
  return (chunk) => {
    rest += chunk;
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    return blocks.map(parseBlock).filter((message) => message.data !== "");
  };
}

function parseBlock(block: string): SseMessage {
  const message: SseMessage = { event: "message", id: null, data: "" };
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") message.event = value;
    else if (field === "id") message.id = value;
    else if (field === "data") message.data += message.data === "" ? value : `\n${value}`;
  }
  return message;
}
