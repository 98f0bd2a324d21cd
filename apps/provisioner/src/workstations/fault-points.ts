/** The places at which a test may kill the provisioner, while it makes and starts a workstation. */
import type { FaultPoints } from "@nightgate/shared/fault-points";

export type ProvisionerFaultPoint =
  /** There is a container with nothing in its home, and nothing has been started. */
  | "after-create"
  /** It is whole, and was not started. */
  | "before-start"
  /** It runs, and its row says that it is being started. */
  | "after-start";
export type ProvisionerFaults = FaultPoints<ProvisionerFaultPoint>;
