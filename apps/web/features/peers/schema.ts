/** What the addresses of peers and their messages may name. */
import { messageId } from "@nightgate/shared/ids";
import { z } from "zod";

export const messageInput = z.object({ message: messageId });

const MESSAGE_FILTERS = ["all", "open"] as const;
export type MessageFilter = (typeof MESSAGE_FILTERS)[number];
/** `before` is the last message that was seen. */
export const messageListInput = z.object({
  show: z.enum(MESSAGE_FILTERS).catch("all"),
  before: messageId.optional().catch(undefined),
});
