/** Members get the frame; somebody who is not signed in gets the bare page, which is then the door. */
import type { ReactNode } from "react";
import { readShell } from "../../features/shell/queries.ts";
import { Shell } from "../../features/shell/ui/shell.tsx";
import { currentMember } from "../../server/member.ts";

export default async function MemberLayout({ children }: { children: ReactNode }): Promise<ReactNode> {
  const member = await currentMember();
  if (!member) return children;
  return <Shell view={await readShell(member)}>{children}</Shell>;
}
