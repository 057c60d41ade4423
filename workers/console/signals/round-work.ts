/** What every piece of the round is told. */
import type { SetSignal } from "../../core/signals/offer-settings.ts";
import type { ClickLogEnv } from "../click-log/stretches.ts";
import type { Env } from "../env.ts";
import type { OfferFacts } from "./offer-facts.ts";

export type RoundEnv = ClickLogEnv & Pick<Env, "DB" | "POSTBACKS" | "ADVERTISER_KEYS">;

export interface RoundWork {
  env: RoundEnv;
  nowMs: number;
  /** The number of the present UTC day. */
  today: number;
  /** All that is set of signals. */
  set: readonly SetSignal[];
  offers: OfferFacts;
}
