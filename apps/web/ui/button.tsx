/** Buttons and links that look like them. One primary per view; danger is for what cannot be undone. */
import Link from "next/link";
import type { ComponentProps, ReactNode } from "react";
import { classes } from "./classes.ts";

export type ButtonKind = "primary" | "plain" | "quiet" | "danger";
export type ButtonSize = "normal" | "small" | "icon";

const KINDS: Record<ButtonKind, string> = {
  primary: "bg-accent text-on-accent hover:bg-accent-hover shadow-sm",
  plain: "border border-line-strong bg-surface text-ink hover:bg-hover shadow-sm",
  quiet: "text-muted hover:bg-hover hover:text-ink",
  danger: "border border-bad-line bg-surface text-bad hover:bg-bad-ground",
};
const SIZES: Record<ButtonSize, string> = {
  normal: "h-9 px-3.5 text-base max-md:h-11",
  small: "h-7 px-2.5 text-sm max-md:h-9",
  icon: "size-9 max-md:size-11",
};

/** The classes of a button, for elements that are neither of the two below. */
export function buttonClasses(
  kind: ButtonKind = "plain",
  size: ButtonSize = "normal",
  more?: string,
): string {
  return classes(
    "inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap transition-colors select-none",
    "disabled:opacity-50 disabled:pointer-events-none",
    KINDS[kind],
    SIZES[size],
    more,
  );
}

interface Looks {
  kind?: ButtonKind;
  size?: ButtonSize;
}

export function Button({
  kind,
  size,
  className,
  type = "button",
  ...rest
}: Looks & ComponentProps<"button">): ReactNode {
  return <button type={type} className={buttonClasses(kind, size, className)} {...rest} />;
}

/** A page of this app. */
export function ButtonLink({
  kind,
  size,
  className,
  ...rest
}: Looks & ComponentProps<typeof Link>): ReactNode {
  return <Link className={buttonClasses(kind, size, className)} {...rest} />;
}

/** A page of the gate, or any address that is not ours: a plain link, so that nothing is fetched ahead of the tap. */
export function OutsideLink({ kind, size, className, ...rest }: Looks & ComponentProps<"a">): ReactNode {
  return <a className={buttonClasses(kind, size, className)} {...rest} />;
}
