/**
 * Every tracker that is spoken here, by the name that set-up calls it. What a placed link is called by, as `link_aliases` and `alias:{tracker}/{alias}` have it:
 *
 *     keitaro   x7Kd93ab             the campaign's alias; ?x7Kd93ab where it stands as the first name of the query (`/?x7Kd93ab&…`)
 *     voluum    6f1f…-…              the campaign's UUID, in lower case
 *     tune      {offer_id}/{aff_id}  with /{url_id} behind it for another landing page, and SH1v for a tiny URL
 *     everflow  28KL6/2CTPL          the codes of partner and offer as written, with /{uid} behind them for another address of the offer
 *     affise    {offer_id}/{pid}     with /{l} behind it for another landing page
 *     binom     {key}                the campaign's key
 */
import { affise } from "./tables/affise.ts";
import { binom } from "./tables/binom.ts";
import { everflow } from "./tables/everflow.ts";
import { keitaro } from "./tables/keitaro.ts";
import { tune } from "./tables/tune.ts";
import { voluum } from "./tables/voluum.ts";
import type { TrackerTable } from "./tracker-table.ts";

export const TRACKER_TABLES: ReadonlyMap<string, TrackerTable> = new Map(
  Object.entries({ keitaro, voluum, tune, everflow, affise, binom }),
);
