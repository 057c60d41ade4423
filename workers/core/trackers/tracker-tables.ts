/**
 * Every tracker that is spoken here, by the name that set-up calls it. What a placed link is called by, as `link_aliases` and `alias:{tracker}/{alias}` have it:
 *
 *     keitaro     x7Kd93ab                the campaign's alias; ?x7Kd93ab where it stands as the first name of the query (`/?x7Kd93ab&…`)
 *     voluum      6f1f0b9e-…              the campaign's UUID, in lower case
 *     bemob       6f1f0b9e-…              the same, behind /go/
 *     redtrack    5f0c…                   the campaign's 24 hexadecimal digits, in lower case
 *     binom       {key}                   the campaign's key
 *     tune        {offer_id}/{aff_id}     with /{url_id} behind it for another landing page, and SH1v for a tiny URL
 *     everflow    28KL6/2CTPL             the codes of partner and offer as written, with /{uid} behind them for another address of the offer
 *     affise      {offer_id}/{pid}        with /{l} behind it for another landing page
 *     trackier    {campaign_id}/{pub_id}
 *     scaleo      {o}/{a}                 offer and affiliate
 *     offer18     {o}/{a}                 offer and affiliate
 *     prosper202  {t202id}                the tracker's public number
 */
import { affise } from "./tables/affise.ts";
import { bemob } from "./tables/bemob.ts";
import { binom } from "./tables/binom.ts";
import { everflow } from "./tables/everflow.ts";
import { keitaro } from "./tables/keitaro.ts";
import { offer18 } from "./tables/offer18.ts";
import { prosper202 } from "./tables/prosper202.ts";
import { redtrack } from "./tables/redtrack.ts";
import { scaleo } from "./tables/scaleo.ts";
import { trackier } from "./tables/trackier.ts";
import { tune } from "./tables/tune.ts";
import { voluum } from "./tables/voluum.ts";
import type { TrackerTable } from "./tracker-table.ts";

export const TRACKER_TABLES: ReadonlyMap<string, TrackerTable> = new Map(
  Object.entries({
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
  }),
);
