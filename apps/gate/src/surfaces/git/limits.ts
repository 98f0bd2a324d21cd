/** Every limit of the git surface, with its unit in its name (invariant 12). Above one, a push is refused with a sentence that names it. */
const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const DAY_MS = 86_400_000;

export interface GitLimits {
  /** A request body before the pack begins may be compressed; this is what it may grow to, pack included. GitHub's own limit for a push. */
  packBytesMax: number;
  /** Refs in one push: more than a person can look at. */
  refsMax: number;
  /** Length of one ref name; git hosts cut at about this. */
  refBytesMax: number;
  /** Commits in one push that are new to the upstream. */
  commitsMax: number;
  /** Parents of one commit. */
  parentsMax: number;
  /** Objects in one pack. */
  objectsMax: number;
  /** Deltas that lead from one object to a whole one. git makes at most 4095; chains as long as the pack keep git busy for minutes. */
  deltaDepthMax: number;
  /** One object, inflated: what the approver's page and the gate's memory can be asked to deal with. GitHub refuses files above this. */
  objectBytesMax: number;
  /** All objects of one push, inflated. */
  inflatedBytesMax: number;
  /** Length of one commit or tag, message and headers. */
  commitBytesMax: number;
  /** Files that differ, versions inside the history included. */
  filesMax: number;
  /** Paths below one new tree, unchanged folders counted as one each. */
  treePathsMax: number;
  /** Length of one path. */
  pathBytesMax: number;
  /** A file above this is not drawn: it is listed with size and digest, and must be ticked. */
  drawnFileBytesMax: number;
  /** All drawn files of one push together; the ones after it are listed. */
  drawnBytesMax: number;
  /** Things that cannot be drawn in one push; nobody ticks more. */
  undrawnMax: number;
  /** One file that git writes; above all, the pack that an upstream sends when its repository is fetched first. */
  fileBytesMax: number;
  /** Memory of one git process (address space). */
  gitMemoryBytesMax: number;
  /** Time for one local git command. */
  gitMs: number;
  /** Time for hashing all files of one push that cannot be drawn. */
  hashMs: number;
  /** Time for a fetch of the upstream into the mirror; the first one of a large repository is slow. */
  fetchMs: number;
  /** Time for a request for the upstream's refs. */
  lsRemoteMs: number;
  /** Time for the push to the upstream. */
  releaseMs: number;
  /** How long a push waits for an earlier one that is approved and on its way. */
  releaseWaitMs: number;
  /** After a crash the upstream may still be at work on what it has received: how long until its refs are read a second time. */
  settleGraceMs: number;
  /** How long a killed process group may take to be gone. */
  killMs: number;
  /** Time for the upstream's first byte in a fetch or clone. */
  upstreamAnswerMs: number;
  /** Pushes that one workstation may have under way at once. */
  pushesPerWorkstationMax: number;
  /** Time for one push to arrive, from its first byte to the moment that it is held. */
  receiveMs: number;
  /** One Git LFS object; large hosts refuse above this. */
  lfsObjectBytesMax: number;
  /** Git LFS objects of one repository that wait at the gate, all together. */
  lfsStoreBytesMax: number;
  /** Objects that one Git LFS request may name. */
  lfsBatchObjectsMax: number;
  /** One Git LFS request or answer without its objects. */
  lfsBatchBytesMax: number;
  /** Time for one Git LFS object to go to the upstream, and for its first byte to come back. */
  lfsTransferMs: number;
  /** How long after its end what a hold has kept can still be looked at. */
  heldKeptMs: number;
  /** How long a Git LFS object waits for the push that names it. */
  lfsUnclaimedMs: number;
  /** How long objects stay that no ref reaches: longer than any push lasts. */
  unreachableKeptMs: number;
  /** Packs of one mirror before they are put into one. */
  mirrorPacksMax: number;
  /** Time for putting a mirror's packs into one. */
  repackMs: number;
  /** How often all mirrors are tidied. */
  collectEveryMs: number;
  /** What is kept of one git command's complaints. */
  complaintBytesMax: number;
  /** Bytes that one local git command may answer. */
  outputBytesMax: number;
}

export const GIT_LIMITS: GitLimits = {
  packBytesMax: 2 * GiB,
  refsMax: 50,
  refBytesMax: 240,
  commitsMax: 5000,
  parentsMax: 16,
  objectsMax: 200_000,
  deltaDepthMax: 4095,
  objectBytesMax: 100 * MiB,
  inflatedBytesMax: 4 * GiB,
  commitBytesMax: 256 * KiB,
  filesMax: 5000,
  treePathsMax: 200_000,
  pathBytesMax: 2048,
  drawnFileBytesMax: 1 * MiB,
  drawnBytesMax: 8 * MiB,
  undrawnMax: 1000,
  fileBytesMax: 40 * GiB,
  gitMemoryBytesMax: 4 * GiB,
  gitMs: 120_000,
  hashMs: 300_000,
  fetchMs: 900_000,
  lsRemoteMs: 30_000,
  releaseMs: 900_000,
  releaseWaitMs: 15_000,
  settleGraceMs: 5_000,
  killMs: 10_000,
  upstreamAnswerMs: 60_000,
  pushesPerWorkstationMax: 4,
  receiveMs: 1_800_000,
  lfsObjectBytesMax: 2 * GiB,
  lfsStoreBytesMax: 20 * GiB,
  lfsBatchObjectsMax: 1000,
  lfsBatchBytesMax: 4 * MiB,
  lfsTransferMs: 1_800_000,
  heldKeptMs: 30 * DAY_MS,
  lfsUnclaimedMs: 3 * DAY_MS,
  unreachableKeptMs: 2 * DAY_MS,
  mirrorPacksMax: 50,
  repackMs: 900_000,
  collectEveryMs: 3_600_000,
  complaintBytesMax: 64 * KiB,
  outputBytesMax: 256 * MiB,
};
