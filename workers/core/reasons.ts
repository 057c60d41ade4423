/** Why a postback was refused, or became nothing: one closed, numbered list. Numbers are never used again; each message says what the sender should change. */

/** Said at the door, with the HTTP status of the answer. */
export const REFUSALS = {
  // 1 was unknown_advertiser, by which anybody could learn which advertisers there are.
  unknown_path: { number: 2, status: 404, message: "Postbacks go to /p/{advertiser}: check the path." },
  method_not_allowed: { number: 3, status: 405, message: "Send postbacks with GET or POST." },
  too_large: {
    number: 4,
    status: 413,
    message:
      "The request is too large: at most 64 KiB and 256 parameters; a batch at most 10,000 rows and 8 MiB; a shop's webhook at most 1,000 messages and 1 MiB.",
  },
  unsupported_content_type: {
    number: 5,
    status: 415,
    message:
      "Send a form (application/x-www-form-urlencoded) or JSON (application/json), a batch as application/x-ndjson or text/csv, uncompressed.",
  },
  malformed_body: {
    number: 6,
    status: 400,
    message:
      "The body is not what its content type says: send one flat JSON object or one form; in a batch, one such object per line, or CSV: a header line that names an order or a click, and its columns in every record.",
  },
  malformed_parameter: {
    number: 7,
    status: 400,
    message:
      "This parameter is too long, is not of its form, holds characters that cannot be read, or was sent twice with different values.",
  },
  unexpanded_macro: {
    number: 8,
    status: 400,
    message: "This parameter still holds the template's macro or filler: let your system fill in its value.",
  },
  malformed_click_id: {
    number: 9,
    status: 400,
    message:
      "This is not a click ID of ours (36 letters and digits): pass on the click_id of the redirect, unchanged and whole.",
  },
  unknown_click_version: {
    number: 10,
    status: 400,
    message: "This click ID has a version that we never issued: pass on the click_id of the redirect, unchanged.",
  },
  unknown_click_key: {
    number: 11,
    status: 400,
    message: "This click ID names a key that we do not hold: pass on the click_id of the redirect, unchanged.",
  },
  forged_click_id: {
    number: 12,
    status: 400,
    message:
      "This click ID was not issued by us or was changed on the way: pass on the click_id of the redirect, unchanged.",
  },
  bad_amount: {
    number: 13,
    status: 400,
    message:
      "An amount is digits with a decimal point, at most 6 decimals and 1,000,000,000, without sign, exponent or thousands separator.",
  },
  bad_currency: { number: 14, status: 400, message: "A currency is three letters of ISO 4217, such as USD." },
  bad_status: {
    number: 15,
    status: 400,
    message: "A status is one of pending, approved, rejected, reversed, reinstated.",
  },
  // 16 was bad_time, which is only noted now.
  missing_token: {
    number: 17,
    status: 401,
    message:
      "Nothing proves who sends this: send your token as the parameter token or as Authorization: Bearer, or sign where you must; or there is no advertiser of this name: check the path.",
  },
  bad_token: {
    number: 18,
    status: 401,
    message:
      "This token is not valid for this advertiser, or there is no advertiser of this name: copy the postback URL again from the console.",
  },
  missing_signature: {
    number: 19,
    status: 401,
    message: "This must be signed, and its signature or a part of it is missing: see the signing recipe.",
  },
  bad_signature: {
    number: 20,
    status: 401,
    message:
      "The signature does not fit what was sent, or there is no advertiser of this name: see the signing recipe, sign exactly the bytes that you send, and check the path.",
  },
  stale: {
    number: 21,
    status: 401,
    message: "The time stamp is more than 300 seconds from now: sign when you send, and set your clock.",
  },
  address_not_allowed: {
    number: 22,
    status: 403,
    message: "Postbacks of this advertiser are not accepted from this address: have the address added to its list.",
  },
  pixel_off: {
    number: 23,
    status: 403,
    message: "The pixel is off for this advertiser: have it turned on, or send postbacks from your server.",
  },
  rate_limited: { number: 24, status: 429, message: "Too many requests: send this one again later." },
  try_again: {
    number: 25,
    status: 503,
    message: "We could not store this message and have not taken it: send it again.",
  },
  unsigned_content: {
    number: 26,
    status: 401,
    message:
      "Part of this request is not covered by its signature: a signed GET ends with sig, a signed POST has no query, and the webhook-id of a batch, and of nothing else, begins with batch_ or batch-.",
  },
  bad_refunded_total: {
    number: 27,
    status: 400,
    message:
      "What refunded_total says is all that was given back of the order so far: send it with status=reversed or without a status, and without amount and refund_id.",
  },
  names_nothing: {
    number: 28,
    status: 400,
    message:
      "This names neither a click nor an order nor a coupon: send click_id or txid, or have the names that you use (see unread) mapped and send it again. What came with your token or signature the operator can replay.",
  },
  passed_over: {
    number: 29,
    status: 200,
    message: "This webhook says nothing that the books have a place for: it was understood, and passed over.",
  },
  unknown_form: {
    number: 30,
    status: 400,
    message:
      "This webhook is signed, but not of the form that its source has: another platform's, another version of its API, or rules that do not fit it.",
  },
  unknown_alias: {
    number: 31,
    status: 404,
    message: "No link has this alias of the old tracker: give it to the link that it means, or import the aliases.",
  },
  not_spoken: {
    number: 32,
    status: 404,
    message:
      "This path of the old tracker is not spoken here: name the host where the old tracker still answers, or take the path out of use.",
  },
  token_besides: {
    number: 33,
    status: 401,
    message:
      "The signature is right, but this advertiser's postbacks are proved by its token: send that too, as the parameter token or as Authorization: Bearer, or have signed postbacks asked for.",
  },
} as const satisfies Record<string, { number: number; status: number; message: string }>;

/** Noted on the receipt of a message that was taken without one of its optional parameters. Some that are refused elsewhere are noted there too. */
export const NOTES = {
  bad_time: {
    number: 16,
    message: "A time is Unix seconds, Unix milliseconds or RFC 3339, such as 2026-11-23T08:00:00Z.",
  },
} as const satisfies Record<string, { number: number; message: string }>;

/**
 * Said by the ledger, about a message that was accepted. `replayable`: the message took no key, and better set-up may change what becomes of it, so that a replay may
 * have it decided anew. A revoked token stays revoked, also for a replay: the sender sends the message again with the present one.
 */
export const OUTCOME_REASONS = {
  no_click: {
    number: 101,
    replayable: true,
    message: "Neither a click ID nor an order that we know: send the click_id of the redirect.",
  },
  unknown_order: {
    number: 102,
    replayable: true,
    message: "No conversion with this txid is held: send the click_id with the first postback of an order.",
  },
  unknown_link: {
    number: 103,
    replayable: true,
    message: "The click ID is ours, but its link is not in the books: publish the set-up again and replay.",
  },
  foreign_click: {
    number: 104,
    replayable: true,
    message: "This click belongs to an offer of another advertiser: send it to that advertiser's postback URL.",
  },
  click_expired: {
    number: 105,
    replayable: true,
    message: "The conversion happened after the offer's attribution window.",
  },
  too_soon: {
    number: 106,
    replayable: true,
    message: "The conversion happened sooner after the click than the offer allows.",
  },
  before_click: {
    number: 107,
    replayable: true,
    message: "occurred_at is before the click: check its unit and time zone.",
  },
  occurred_in_future: {
    number: 108,
    replayable: true,
    message: "occurred_at is more than five minutes in the future: check its unit and time zone.",
  },
  unknown_event: {
    number: 109,
    replayable: true,
    message: "The offer has no event of this name: have it added, or correct the event.",
  },
  wrong_currency: {
    number: 110,
    replayable: true,
    message:
      "The currency is not the offer's, and it takes no other, or no rate is known of at most seven days before this was received: send the offer's, or have rates imported and replay. Also said of what comes to more than 1,000,000,000 in the offer's currency.",
  },
  over_cap: { number: 111, replayable: true, message: "The offer's cap for this event was reached." },
  status_not_allowed: { number: 112, replayable: true, message: "The conversion's status does not allow this move." },
  credentials_revoked: {
    number: 113,
    replayable: false,
    message: "The token or signing secret was revoked before this was received: use the present one.",
  },
  too_many_messages: {
    number: 114,
    replayable: false,
    message:
      "One conversion is restated, partly refunded or reinstated at most 1,000 times; its status can still change.",
  },
  awaits_sale: {
    number: 115,
    replayable: false,
    message:
      "A reversal, or what undoes one, that came before its sale: it is applied when the sale comes, under the same event.",
  },
  same_message: {
    number: 116,
    replayable: false,
    message: "This conversion is already held, and the message changes nothing.",
  },
  amount_ignored: {
    number: 117,
    replayable: false,
    message: "This conversion is already held, and its event does not take other amounts.",
  },
  clamped: { number: 118, replayable: false, message: "More was given back than remained: the rest was taken back." },
  undeliverable: {
    number: 119,
    replayable: false,
    message: "The ledger could not settle this message; the operator can replay it.",
  },
  no_offer_events: { number: 120, replayable: true, message: "The offer has no events: have one added, then replay." },
  awaits_reversal: {
    number: 121,
    replayable: false,
    message: "It undoes a reversal that has not come yet: it is applied when the reversal comes.",
  },
  name_not_taken: {
    number: 122,
    replayable: false,
    message:
      "also_txid was not taken, the rest was: an order has at most 3 other names, and 20 numbers at most are one order's.",
  },
  claim: {
    number: 123,
    replayable: false,
    message:
      "Anyone can call the pixel: this counts once the sender speaks of its click or order, or an operator confirms it.",
  },
  ambiguous_order: {
    number: 124,
    replayable: false,
    message: "Only the pixel names a click for this order: send the click_id, or have an operator confirm a claim.",
  },
  too_many_claims: {
    number: 125,
    replayable: false,
    message: "The pixel is heard ten times for a click and event, and three times for an order.",
  },
  claim_replaced: {
    number: 126,
    replayable: false,
    message: "The sender spoke of this click or order: its words stand in place of the claim's.",
  },
  claim_confirmed: { number: 127, replayable: false, message: "An operator confirmed this claim." },
  claim_dismissed: { number: 128, replayable: false, message: "An operator dismissed this claim." },
  no_open_claim: {
    number: 129,
    replayable: false,
    message: "There is no such claim, or the sender spoke of its click or order before the operator did.",
  },
  held: {
    number: 130,
    replayable: false,
    message:
      "This conversion is held for an operator: until it is released, approved or rejected, what the sender says of it waits, and its amount is not restated.",
  },
  operator_rejected: {
    number: 131,
    replayable: false,
    message: "An operator rejected this conversion: only an operator can change that, by approving or releasing it.",
  },
  operator_decided: {
    number: 132,
    replayable: false,
    message: "An operator approved this conversion after this was said of it: it changes nothing.",
  },
  pixel_day_full: {
    number: 133,
    replayable: false,
    message:
      "The pixel had said as much on this UTC day as is kept of one: nothing else of this is kept. Send orders from your server, which no limit of the pixel's stops.",
  },
  pixel_too_late: {
    number: 134,
    replayable: false,
    message: "What came by the pixel is forgotten after 400 days, and not taken any more when it comes later.",
  },
  foreign_unknown: {
    number: 135,
    replayable: true,
    message: "A click ID of another tracker's that is not adopted here: adopt its clicks, then replay.",
  },
  other_event: {
    number: 136,
    replayable: true,
    message:
      "This order is held, under another event than this one: name that event, or none. What was given back of it is status=reversed, and no event.",
  },
  same_refund: {
    number: 137,
    replayable: false,
    message:
      "A refund of this amount, at this time or none, is held already: where it is another one, send it again with a refund_id of its own.",
  },
  imported: {
    number: 138,
    replayable: false,
    message:
      "Another tracker booked this order, and its history was imported: it is closed here, and what is said of it changes nothing. Settle it where it was booked.",
  },
  undone: {
    number: 139,
    replayable: false,
    message: "An operator took this decision back: the conversion is what it would be without it.",
  },
  nothing_to_undo: {
    number: 140,
    replayable: false,
    message:
      "No decision stands that this could take back: it was not made of this conversion, or is taken back already.",
  },
  changed_since: {
    number: 141,
    replayable: false,
    message: "Something of this order changed after a what-if had looked at it: look at it again, then apply.",
  },
} as const satisfies Record<string, { number: number; message: string; replayable: boolean }>;

/** From 201: said of a receipt, by the console, where neither the log nor the books have anything of its message. */
export const RECEIPT_REASONS = {
  not_kept: {
    number: 201,
    message:
      "The request was refused, and the answer to it said why. Nothing else of it is kept, or not yet: of many that are refused alike only the first are.",
  },
} as const satisfies Record<string, { number: number; message: string }>;

export type RefusalReason = keyof typeof REFUSALS;
/** Why an optional parameter was left out. */
export type NoteReason = keyof typeof NOTES | Extract<RefusalReason, "bad_amount" | "malformed_parameter">;
export type OutcomeReason = keyof typeof OUTCOME_REASONS;

/** What became of claims is told by these, and of nothing else. */
export const CLAIM_REASONS = [
  "claim",
  "claim_replaced",
  "claim_confirmed",
  "claim_dismissed",
  "too_many_claims",
  "pixel_day_full",
  "pixel_too_late",
] as const satisfies readonly OutcomeReason[];

/** What a replay may be asked for, in the order of their numbers. */
export const REPLAYABLE_REASONS: readonly OutcomeReason[] = Object.keys(OUTCOME_REASONS)
  .filter(isOutcomeReason)
  .filter((reason) => OUTCOME_REASONS[reason].replayable);

function isOutcomeReason(name: string): name is OutcomeReason {
  return name in OUTCOME_REASONS;
}
