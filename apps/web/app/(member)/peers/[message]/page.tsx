/** The way of one message. */
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { openMessage } from "../../../../features/peers/queries.ts";
import { messageInput } from "../../../../features/peers/schema.ts";
import { Trace } from "../../../../features/peers/ui/trace.tsx";
import { requireMember } from "../../../../server/member.ts";

export const metadata: Metadata = { title: "Message" };

export default async function MessagePage({
  params,
}: {
  params: Promise<{ message: string }>;
}): Promise<ReactNode> {
  const member = await requireMember();
  const input = messageInput.safeParse(await params);
  // Invariant 9: what is not an id, what does not exist and what belongs to others end here alike.
  const page = input.success ? await openMessage(member, input.data.message) : null;
  if (!page) notFound();
  return <Trace page={page} />;
}
