/** Why a delivery is where it is: one closed, numbered list. Numbers are never used again; each message says what happened, and what to do. */
import { PLATFORM_REASONS } from "../platforms/platform-reasons.ts";

/** From 301: what came of telling; from 341 what only ad platforms say. */
export const DELIVERY_REASONS = {
  no_external_id: {
    number: 301,
    message: "The click brought no ID that the template needs: have the source's click token put into the link.",
  },
  no_needed_value: {
    number: 302,
    message: "A value that this destination cannot do without is empty: see what the template needs.",
  },
  address_too_long: {
    number: 303,
    message: "With its values the address is longer than 2,048 characters: shorten the template.",
  },
  click_not_landed: {
    number: 304,
    message: "The click's row has not landed yet: it is told once it is there, or after an hour without it.",
  },
  rejected_by_receiver: {
    number: 305,
    message: "The receiver refused it (4xx): check address, token and names in the template, then replay.",
  },
  receiver_failed: { number: 306, message: "The receiver failed (5xx): it is tried again." },
  receiver_busy: {
    number: 307,
    message: "The receiver asked to wait (408, 425, 429 or Retry-After): it is tried again.",
  },
  unreachable: { number: 308, message: "No connection to the receiver: check the host's name; it is tried again." },
  timed_out: { number: 309, message: "The receiver did not answer in time." },
  redirected: {
    number: 310,
    message: "The receiver answered with another address (3xx), which is not followed: enter that address.",
  },
  wrong_body: {
    number: 311,
    message: "The receiver answered 2xx without the words that mean success there: its answer says why.",
  },
  gone: {
    number: 312,
    message: "The receiver says that it is no more (410): the destination is off until it is turned on again.",
  },
  no_answer: { number: 313, message: "It was sent, and what came of it is not known." },
  too_many_tries: { number: 314, message: "Every try failed: mend the destination, then replay." },
  deadline_passed: {
    number: 315,
    message:
      "The receiver's window for such an event is over. Where approvals come too late for it, have pending ones told: among the statuses, at an ad platform by counts_from.",
  },
  behind_breaker: {
    number: 316,
    message:
      "The receiver fails: only single deliveries probe whether it answers again, the others wait and lose no try.",
  },
  destination_off: { number: 317, message: "The destination is off: turn it on, and what is held is told." },
  superseded: { number: 318, message: "A later state of the same conversion was told in its place." },
  private_address: { number: 319, message: "The host's name leads to an address that is not on the open internet." },
  secret_not_opened: { number: 320, message: "A secret of this destination cannot be opened: enter it again." },
  cancelled: { number: 321, message: "An operator ended it before it was told." },
  not_resolved: {
    number: 322,
    message: "The host's name leads nowhere, so nothing was sent: check how it is written; it is tried again.",
  },
  ...PLATFORM_REASONS,
} as const satisfies Record<string, { number: number; message: string }>;

export type DeliveryReason = keyof typeof DELIVERY_REASONS;
/** Why nothing is sent of a notice. */
export type SkipReason = Extract<DeliveryReason, "no_external_id" | "no_needed_value" | "address_too_long">;

/**
 * The states of a delivery: `waiting` for its click's row, `due`, `sending`; `failed` is tried again; `taken` is with a receiver that says later what became of it; `in_doubt` and `held` wait for a word of the operator's; the others are its end.
 */
export const DELIVERY_STATES = [
  "waiting",
  "due",
  "sending",
  "failed",
  "taken",
  "in_doubt",
  "held",
  "sent",
  "skipped",
  "gave_up",
  "expired",
  "superseded",
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Those of what was tried or waited too long, and has not arrived: so far, or for good. */
export const UNDELIVERED_STATES = ["failed", "in_doubt", "gave_up", "expired"] as const satisfies DeliveryState[];
