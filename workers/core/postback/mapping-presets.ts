/** Mappings for the common trackers, so that a postback URL made for one of them works here by changing its host and path. */
import type { Mapping } from "../../../schema/records.ts";

type Preset = Required<Pick<Mapping, "names" | "events" | "statuses">>;

/** Words for a status that several trackers share. */
const COMMON_STATUSES = {
  hold: "pending",
  confirmed: "approved",
  declined: "rejected",
  cancelled: "rejected",
  canceled: "rejected",
};

/** By name; what stands in each is the tracker's own vocabulary, from its documentation. `-`: a name that is not to be read. */
export const PRESETS: ReadonlyMap<string, Preset> = new Map<string, Preset>([
  [
    "voluum",
    { names: { cid: "click_id", payout: "revenue", txid: "txid", et: "event" }, events: {}, statuses: COMMON_STATUSES },
  ],
  [
    "binom",
    {
      names: { cnv_id: "click_id", payout: "revenue", cnv_status: "status", cnv_currency: "currency" },
      events: {},
      statuses: COMMON_STATUSES,
    },
  ],
  [
    "keitaro",
    {
      names: { subid: "click_id", tid: "txid", payout: "revenue" },
      events: {},
      statuses: { ...COMMON_STATUSES, lead: "pending", sale: "approved", rebill: "approved" },
    },
  ],
  [
    "redtrack",
    {
      names: { clickid: "click_id", sum: "revenue", type: "event", rdtk_event_id: "txid" },
      events: {},
      statuses: COMMON_STATUSES,
    },
  ],
  [
    "everflow",
    {
      names: {
        transaction_id: "click_id",
        order_id: "txid",
        oid: "-",
        event_id: "event",
        adv_event_id: "event",
        verification_token: "token",
      },
      events: {},
      statuses: COMMON_STATUSES,
    },
  ],
  [
    "tune",
    {
      names: { transaction_id: "click_id", adv_sub: "txid", goal_id: "event", security_token: "token" },
      events: {},
      statuses: COMMON_STATUSES,
    },
  ],
  [
    "affise",
    {
      names: {
        clickid: "click_id",
        action_id: "txid",
        goal: "event",
        sum: "revenue",
        order_sum: "amount",
        secure: "token",
        promo_code: "coupon",
      },
      events: {},
      statuses: { ...COMMON_STATUSES, 1: "approved", 2: "pending", 3: "rejected", 5: "pending" },
    },
  ],
  [
    "cake",
    {
      names: { r: "click_id", t: "txid", p: "revenue", e: "event" },
      events: {},
      statuses: { ...COMMON_STATUSES, scrubbed: "rejected" },
    },
  ],
  [
    "awin",
    {
      names: { cks: "click_id", ref: "txid", cr: "currency", vc: "coupon", testmode: "test" },
      events: {},
      statuses: COMMON_STATUSES,
    },
  ],
]);
