"use client";
/** A dialog of the browser's own: it keeps the focus, closes on Escape, and gives the focus back. */
import { type ReactNode, useEffect, useRef } from "react";
import { classes } from "./classes.ts";

export function Modal({
  open,
  onClose,
  label,
  className,
  children,
}: {
  open: boolean;
  onClose: () => void;
  label: string;
  className?: string;
  children: ReactNode;
}): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (!element) return;
    if (open && !element.open) element.showModal();
    if (!open && element.open) element.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      aria-label={label}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
      className={classes(
        "w-[calc(100%-1rem)] max-w-xl rounded-lg border border-line bg-raised p-0 shadow-lg open:rise",
        className,
      )}
    >
      {open ? children : null}
    </dialog>
  );
}
