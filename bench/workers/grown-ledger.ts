/** The ledger of a grown system: told by HTTP to settle batches, to seal its rollups, and to run SQL inside the advertiser's object. */

import { ADVERTISER } from "../../scripts/programme/in-sql.ts";
import { objectName } from "../../workers/core/books/stored.ts";
import type { Env } from "../../workers/ledger/env.ts";
import ledger, { ClickDay, Conversions } from "../../workers/ledger/index.ts";
import { sealSpans } from "../../workers/ledger/spans.ts";
import { handBatches } from "./hand-batches.ts";

/** The real object, which also lets itself be seeded. */
class SeededConversions extends Conversions {
  run(sql: string): Record<string, SqlStorageValue>[] {
    return this.ctx.storage.sql.exec(sql).toArray();
  }

  bytes(): number {
    return this.ctx.storage.sql.databaseSize;
  }
}

export { ClickDay, SeededConversions as Conversions };

type SeededEnv = Omit<Env, "CONVERSIONS"> & { CONVERSIONS: DurableObjectNamespace<SeededConversions> };

export default {
  async fetch(request: Request, env: SeededEnv): Promise<Response> {
    const object = env.CONVERSIONS.getByName(objectName(ADVERTISER));
    switch (new URL(request.url).pathname) {
      case "/settle":
        return handBatches(request, (batch) => ledger.queue(batch, env));
      case "/seal":
        await sealSpans(env, Date.now());
        return Response.json(null);
      case "/object":
        return Response.json(await object.run(await request.text()));
      case "/object-bytes":
        return Response.json(await object.bytes());
      default:
        return new Response(null, { status: 404 });
    }
  },
};
