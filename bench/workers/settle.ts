/** The ledger, handed batches of postbacks by HTTP. */
import type { Env } from "../../workers/ledger/env.ts";
import ledger, { ClickDay, Conversions } from "../../workers/ledger/index.ts";
import { handBatches } from "./hand-batches.ts";

export { ClickDay, Conversions };

export default {
  fetch: (request: Request, env: Env): Promise<Response> => handBatches(request, (batch) => ledger.queue(batch, env)),
};
