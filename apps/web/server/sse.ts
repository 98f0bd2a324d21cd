/** Server-sent events over a web Response. Pulled by the reader, so a slow page slows its own stream and nothing piles up. */
interface Message {
  event: string;
  id?: string;
  data: unknown;
}

/** `no-transform` keeps Next from compressing, which would hold messages back. Failures of the source end the stream; the page comes back by itself. */
export function eventStream(messages: AsyncGenerator<Message>): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await messages.next();
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(printMessage(next.value)));
    },
    async cancel() {
      await messages.return(undefined);
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
    },
  });
}

/** One message in the format of the HTML standard (section 9.2). JSON has no line breaks, so one data line suffices. */
export function printMessage(message: Message): string {
  const id = message.id === undefined ? "" : `id: ${message.id}\n`;
  return `event: ${message.event}\n${id}data: ${JSON.stringify(message.data)}\n\n`;
}
