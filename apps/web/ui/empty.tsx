/** An empty list: what this is, and the one thing to do. */
import type { ReactNode } from "react";

export function Empty({
  icon,
  title,
  children,
  action,
}: {
  icon: ReactNode;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}): ReactNode {
  return (
    <div className="flex flex-col items-center rounded-lg border border-dashed border-line-strong px-6 py-14 text-center">
      <div className="mb-3 grid size-10 place-items-center rounded-md bg-sunken text-faint [&_svg]:size-5">
        {icon}
      </div>
      <h2 className="text-md font-semibold">{title}</h2>
      <p className="mt-1 max-w-md text-muted">{children}</p>
      {action === undefined ? null : <div className="mt-5">{action}</div>}
    </div>
  );
}
