/**
 * The seam between wanted workstations and whatever runs them. Two drivers pass one conformance suite (conformance.ts):
 * Docker, and a fake for tests of everything above. The order of calls is the reconciler's business.
 */

/** What a workstation shall be. Limits are checked before anything is made. */
export interface WorkstationWish {
  organization: string;
  workstation: string;
  /** Host name inside. */
  name: string;
  /** A reference from the list of images that we built ourselves. */
  image: string;
  cpus: number;
  memoryBytes: number;
  pids: number;
}

/** What is there, as the engine sees it. */
export interface SeenWorkstation {
  organization: string;
  workstation: string;
  containerId: string;
  image: string;
  running: boolean;
  /** When it was started last; null if never. */
  startedAt: Date | null;
  /** Why it ended, in half a sentence, when it ended by itself; null while it runs or has never run. */
  ending: string | null;
}

export interface WorkstationDriver {
  /** Every workstation of this installation, running or not. */
  list(): Promise<SeenWorkstation[]>;
  /** Makes the workstation, stopped. Asked again for one that is there, it gives that one. Its home is kept from before if there was one. Problem `workstation.out-of-range` for limits outside of the allowed. */
  create(wish: WorkstationWish): Promise<SeenWorkstation>;
  /** Starts it. One that runs already is left alone. */
  start(workstation: string): Promise<void>;
  /** Asks it to end, and ends it after the limit's time. One that is stopped already is left alone. */
  stop(workstation: string): Promise<void>;
  /** Takes it away; `home` says whether its home goes too. One that is not there is fine. */
  remove(workstation: string, options: { home: "keep" | "delete" }): Promise<void>;
}
