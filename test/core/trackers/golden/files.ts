/** The golden requests of every tracker. */
import { affise } from "./affise.ts";
import { bemob } from "./bemob.ts";
import { binom } from "./binom.ts";
import { everflow } from "./everflow.ts";
import type { GoldenFile } from "./golden.ts";
import { keitaro } from "./keitaro.ts";
import { offer18 } from "./offer18.ts";
import { prosper202 } from "./prosper202.ts";
import { redtrack } from "./redtrack.ts";
import { scaleo } from "./scaleo.ts";
import { trackier } from "./trackier.ts";
import { tune } from "./tune.ts";
import { voluum } from "./voluum.ts";

export const GOLDEN_FILES: readonly GoldenFile[] = [
  keitaro,
  voluum,
  bemob,
  redtrack,
  binom,
  tune,
  everflow,
  affise,
  trackier,
  scaleo,
  offer18,
  prosper202,
];
