/** Where a person confirms `nightgate login`: the code, the program, yes or no. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { readDevice } from "../../features/access/queries.ts";
import { Device } from "../../features/access/ui/device.tsx";
import { requireMember } from "../../server/member.ts";
import type { Query } from "../../server/query.ts";

export const metadata: Metadata = { title: "Let a program in" };

export default async function DevicePage({
  searchParams,
}: {
  searchParams: Promise<Query>;
}): Promise<ReactNode> {
  return <Device view={readDevice(await requireMember(), await searchParams)} />;
}
