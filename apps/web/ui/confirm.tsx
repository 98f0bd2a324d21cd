"use client";
/** Asks before something that is not taken back with a click. */
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { Modal } from "./modal.tsx";

export function Confirm({
  open,
  title,
  words,
  confirm,
  onClose,
  onConfirm,
}: {
  open: boolean;
  title: string;
  words: string;
  confirm: string;
  onClose: () => void;
  onConfirm: () => void;
}): ReactNode {
  return (
    <Modal open={open} onClose={onClose} label={title} className="m-auto">
      <div className="p-6">
        <h2 className="anywhere text-md font-semibold">{title}</h2>
        <p className="mt-1 text-muted">{words}</p>
        <div className="mt-5 flex justify-end gap-2">
          <Button kind="quiet" onClick={onClose}>
            Not now
          </Button>
          <Button kind="danger" onClick={onConfirm}>
            {confirm}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
