/** Keeps how a file was read for the advertiser's next one, where the form asks for it and the caller may set up. */
import { accept, type Result } from "../../core/result.ts";
import { may } from "../../core/rights.ts";
import { changeAdvertiser } from "../advertisers/store.ts";
import type { ChangeStamp } from "../audit/change.ts";
import type { Env } from "../env.ts";
import type { Problem } from "../web/problem.ts";
import { KEEP } from "./reading-card.tsx";
import { type LookedAt, readingToKeep } from "./sent-table.tsx";

/** True where it was kept. */
export async function keepReading(
  env: Env,
  looked: LookedAt | null,
  change: ChangeStamp,
): Promise<Result<boolean, Problem>> {
  if (looked === null || !looked.form.has(KEEP) || !may(change.by, "set_up")) return accept(false);
  const saved = await changeAdvertiser(env, looked.query.advertiser, { file_reading: readingToKeep(looked) }, change);
  return saved.ok ? accept(true) : saved;
}
