/** Why an ad platform is not told of a conversion, or did not take it: one closed, numbered list. Numbers are never used again; each message says what happened, and what to do. */

/** From 341, behind those of deliveries (`core/courier/delivery-reasons.ts`). */
export const PLATFORM_REASONS = {
  no_ad_consent: {
    number: 341,
    message: "The link said ad_consent=0: the conversion is attributed, and no ad platform hears of it.",
  },
  no_platform_click_id: {
    number: 342,
    message: "The click brought no click ID of this platform under its own name, such as gclid or fbclid.",
  },
  odd_click_id: {
    number: 343,
    message: "The click ID holds signs that no platform's has, perhaps an unexpanded macro: check the ad's link.",
  },
  event_not_mapped: {
    number: 344,
    message: "The destination does not say what this event is called at the platform: add it, or one for all others.",
  },
  awaits_approval: {
    number: 345,
    message: "It is not told before it is approved and no hold stands: the destination can tell pending ones, too.",
  },
  nothing_new_there: { number: 346, message: "Nothing changed of what the platform is told." },
  told_before: {
    number: 347,
    message: "The platform heard of this conversion before and counts it once: it cannot be counted again.",
  },
  sale_not_told: {
    number: 348,
    message: "The platform never heard of the conversion that this changes, so there is nothing to change there.",
  },
  platform_takes_no_refunds: {
    number: 349,
    message: "The platform has no way to hear of refunds: what it counted stays counted there.",
  },
  platform_takes_no_changes: {
    number: 350,
    message: "The platform has no way to hear that a conversion is worth more than was told.",
  },
  needs_developer_token: {
    number: 351,
    message: "Refunds go through the Google Ads API: enter a developer token, and they are told.",
  },
  no_order_number: {
    number: 352,
    message: "The destination tells order numbers, and this conversion has none: tell conversion IDs instead.",
  },
  no_ga_client_id: {
    number: 353,
    message: "The postback brought no meta.ga_client_id: have the shop pass the client ID of its Google tag.",
  },
  platform_needs_person: {
    number: 354,
    message: "The platform takes no event by a click ID alone, and nothing else of the visitor is kept.",
  },
  platform_has_no_test: {
    number: 355,
    message: "A test is told only as a test: the platform has no way for that, or no test code is entered.",
  },
  access_expired: { number: 361, message: "The access token ran out: a new one is fetched, then it is tried again." },
  token_refused: {
    number: 362,
    message: "The platform does not know this token: make a new one there, enter it, and turn the destination on.",
  },
  no_rights_there: {
    number: 363,
    message: "The token may not write to this account: grant it access there, then turn the destination on.",
  },
  version_over: {
    number: 364,
    message: "The platform has ended this version of its API: update Clickback, then turn the destination on.",
  },
  refused_there: { number: 365, message: "The platform refused the event: what it said stands with the delivery." },
  fewer_taken: {
    number: 366,
    message: "The platform took fewer events than were sent and does not say which: look there before you replay.",
  },
  unreadable_answer: {
    number: 367,
    message: "The platform's answer cannot be read: whether it took the event is not known.",
  },
  not_landed_there: {
    number: 368,
    message: "The platform does not know the conversion yet: it is told again in some hours.",
  },
  never_said: {
    number: 370,
    message: "The platform took it two days ago and still does not say what became of it: look there.",
  },
  platform_busy: { number: 371, message: "The platform asked to slow down: it is tried again." },
  platform_failed: { number: 372, message: "The platform failed, and says that it took nothing: it is tried again." },
  not_known_there_yet: {
    number: 373,
    message: "The platform knows a click only some hours after it: it is told then.",
  },
  click_never_landed: {
    number: 374,
    message: "The click's row never landed: whether the visitor agreed is not known, so no ad platform hears of it.",
  },
} as const satisfies Record<string, { number: number; message: string }>;
