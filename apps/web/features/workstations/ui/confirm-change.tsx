"use client";
/** Asks before something stops or is deleted. Removing wants the name typed, since files go with it. */
import { type ReactNode, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Modal } from "../../../ui/modal.tsx";

interface Props {
  change: "stop" | "remove" | null;
  name: string;
  onClose: () => void;
  onConfirm: (change: "stop" | "remove") => void;
}

export function ConfirmChange({ change, name, onClose, onConfirm }: Props): ReactNode {
  return (
    <Modal
      open={change !== null}
      onClose={onClose}
      label={change === "remove" ? `Remove ${name}` : `Stop ${name}`}
    >
      {change === "stop" ? <Stop name={name} onClose={onClose} onConfirm={() => onConfirm("stop")} /> : null}
      {change === "remove" ? (
        <Remove name={name} onClose={onClose} onConfirm={() => onConfirm("remove")} />
      ) : null}
    </Modal>
  );
}

function Stop({
  name,
  onClose,
  onConfirm,
}: {
  name: string;
  onClose: () => void;
  onConfirm: () => void;
}): ReactNode {
  return (
    <div className="p-6">
      <h2 className="text-md font-semibold">Stop {name}?</h2>
      <p className="mt-1 text-muted">
        Agents that work on it are stopped in the middle of their turn. Files and sessions stay; tasks go on
        when it is started again.
      </p>
      <div className="mt-5 flex justify-end gap-2">
        <Button kind="quiet" onClick={onClose}>
          Keep it running
        </Button>
        <Button kind="danger" onClick={onConfirm}>
          Stop it
        </Button>
      </div>
    </div>
  );
}

function Remove({
  name,
  onClose,
  onConfirm,
}: {
  name: string;
  onClose: () => void;
  onConfirm: () => void;
}): ReactNode {
  const [typed, setTyped] = useState("");
  return (
    <form
      className="p-6"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed === name) onConfirm();
      }}
    >
      <h2 className="text-md font-semibold">Remove {name} for ever?</h2>
      <p className="mt-1 mb-4 text-muted">
        The container and all files in its home folder are deleted. What was not pushed is lost.
      </p>
      <TextField label={`Type ${name} to confirm`} value={typed} onChange={setTyped} />
      <div className="mt-5 flex justify-end gap-2">
        <Button kind="quiet" onClick={onClose}>
          Keep it
        </Button>
        <Button type="submit" kind="danger" disabled={typed !== name}>
          Remove it
        </Button>
      </div>
    </form>
  );
}
