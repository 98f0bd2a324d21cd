/** Stands in for one message. */
import type { ReactNode } from "react";
import { Page } from "../../../../ui/page.tsx";
import { SkeletonList } from "../../../../ui/skeleton.tsx";

export default function Loading(): ReactNode {
  return (
    <Page title="Message">
      <SkeletonList rows={4} label="Loading the message" />
    </Page>
  );
}
