/** The way to the runner: agentd's socket in a workstation, web with a token everywhere else. The commands know neither. */
export interface Transport {
  /** Asks for a verb and gives back its result. Throws Problem asked.refused with the words of whoever refused. */
  call(verb: string, args: Record<string, unknown>): Promise<Record<string, unknown>>;
}
