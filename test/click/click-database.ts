/** The click log's database alone, migrated: the ledger with nobody who sends to it. */
import { fileURLToPath } from "node:url";
import { createTestHarness } from "wrangler";
import { TEST_SECRETS } from "../flow/system.ts";

export interface ClickDatabase {
  CLICKS: D1Database;
  ERASURE_KEY: string;
  stop(): Promise<void>;
}

export async function startClickDatabase(): Promise<ClickDatabase> {
  const { CLICK_KEYS, ERASURE_KEY } = TEST_SECRETS;
  const harness = createTestHarness({
    root: fileURLToPath(new URL("../..", import.meta.url).href),
    workers: [{ configPath: "wrangler.toml", env: "ledger", secrets: { CLICK_KEYS, ERASURE_KEY } }],
  });
  await harness.listen();
  const ledger = harness.getWorker<{ CLICKS: D1Database }>("clickback-ledger");
  await ledger.applyD1Migrations("CLICKS");
  const { CLICKS } = await ledger.getEnv();
  return { CLICKS, ERASURE_KEY, stop: () => harness.close() };
}
