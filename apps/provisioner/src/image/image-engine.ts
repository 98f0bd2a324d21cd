/** What building images needs of a container engine. Implemented in workstations/docker/, where dockerode is. */
export interface ImageEngine {
  has(reference: string): Promise<boolean>;
  /** Pulls, or rejects when it takes longer than `ms` or the registry refuses. */
  pull(reference: string, ms: number): Promise<void>;
  /** Takes a tar of a whole root filesystem as an image without a name, and gives its id. */
  importRootfs(tar: NodeJS.ReadableStream): Promise<string>;
  tag(id: string, reference: string): Promise<void>;
  /** Builds the Dockerfile that is at the root of a tar. It must have no RUN lines. */
  build(
    context: NodeJS.ReadableStream,
    options: { reference: string; buildArgs: Record<string, string>; labels: Record<string, string> },
  ): Promise<void>;
  /** Runs a shell script as root with the host's network and keeps the result as an image. For trusted bases and our own scripts only. */
  runAndCommit(options: {
    from: string;
    script: string;
    to: string;
    onLine: (line: string) => void;
    ms: number;
  }): Promise<void>;
  /** Removes the images of `repository` that are not in use, but for the `keep` newest. */
  removeOld(repository: string, keep: number): Promise<void>;
}
