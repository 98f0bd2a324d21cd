/** Looks whether every socket is where it was made, and writes that down for the doctor, who reads only the database; makes one anew when the doctor's repair asks for it. */
import type { Clock } from "@nightgate/shared/clock";
import type { WorkstationStore } from "../store/workstation-store.ts";
import type { WorkstationIdentity } from "./agentd-link.ts";
import type { SocketListeners } from "./socket-listeners.ts";

export class SocketWatch {
  readonly #listeners: Pick<SocketListeners, "gone" | "again">;
  readonly #workstations: Pick<WorkstationStore, "noteSocket" | "wantsSocket">;
  readonly #clock: Clock;
  /** Those that are written down as gone. Where nothing has changed nothing is asked. */
  readonly #noted = new Map<string, WorkstationIdentity>();

  constructor(
    listeners: Pick<SocketListeners, "gone" | "again">,
    workstations: Pick<WorkstationStore, "noteSocket" | "wantsSocket">,
    clock: Clock,
  ) {
    this.#listeners = listeners;
    this.#workstations = workstations;
    this.#clock = clock;
  }

  /** One look. What fails is tried again by the next one. */
  async look(): Promise<void> {
    const gone = new Map((await this.#listeners.gone()).map((who) => [who.workstation, who]));
    for (const who of gone.values()) {
      if (!this.#noted.has(who.workstation)) await this.#note(who, "gone");
      else if (await this.#workstations.wantsSocket(who)) {
        await this.#listeners.again(who);
        await this.#note(who, "there");
      }
    }
    for (const who of this.#noted.values()) if (!gone.has(who.workstation)) await this.#note(who, "there");
  }

  /** Looks where one is known to be gone: somebody may want it made anew. */
  async lookAgain(): Promise<void> {
    if (this.#noted.size > 0) await this.look();
  }

  async #note(who: WorkstationIdentity, state: "gone" | "there"): Promise<void> {
    await this.#workstations.noteSocket(who, state, new Date(this.#clock.now()));
    if (state === "gone") this.#noted.set(who.workstation, who);
    else this.#noted.delete(who.workstation);
  }
}
