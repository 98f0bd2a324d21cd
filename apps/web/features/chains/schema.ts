/** What the addresses of chains may name. */
import { chainId, chainRunId } from "@nightgate/shared/ids";
import { z } from "zod";

export const chainInput = z.object({ chain: chainId });
export const nightInput = z.object({ chain: chainId, night: chainRunId });
