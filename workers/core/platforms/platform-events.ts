/** Tells platforms of conversions: facts become an event or a reason, and events of one lane a request. */
import type { NoticedMoney } from "../../../schema/messages.ts";
import type { DeliveryReason } from "../courier/delivery-reasons.ts";
import type { Outgoing } from "../courier/template.ts";
import { writeAmount } from "../courier/told-amounts.ts";
import { accept, type Result, refuse } from "../result.ts";
import type { AdPlatform, PlatformRequest, PreparedEvent, RequestParts, SecretOf, ToldEvent } from "./ad-platform.ts";
import { writeExactJson } from "./exact-json.ts";
import type { PlatformFacts } from "./platform-facts.ts";
import { moveOf, type PlatformMove } from "./platform-moves.ts";
import type { PlatformSettings, ToldValue } from "./platform-target.ts";

/** Clocks differ, and a request takes its time: so long before a window closes nothing is sent any more. */
const WINDOW_MARGIN_MS = 10 * 60_000;
/** Behind its click: times are told to the second, and a conversion before its click is refused. */
const BEHIND_CLICK_MS = 1_000;
/** What every platform's click IDs are made of; one that is not would refuse its whole batch. */
const CLICK_ID = /^[\w.~-]{1,512}$/;
/** Every event of ours that the settings do not name. */
export const ALL_OTHERS = "*";

/** What of a destination an event is prepared with. */
export type PreparingParts = Omit<RequestParts, "secretOf">;

/** The event that tells `facts` to `platform`, or why nothing is told. A window that is over says so here, before anything is sent. */
export function prepareEvent(
  platform: AdPlatform,
  facts: PlatformFacts,
  parts: PreparingParts,
  nowMs: number,
): Result<PreparedEvent, DeliveryReason> {
  const told = toldOf(platform, facts, parts.settings, nowMs);
  if (!told.ok) return told;
  const lane = platform.lane(told.value, parts);
  if (!lane.ok) return lane;
  if (facts.isTest && !isTestable(platform, parts.settings)) return refuse("platform_has_no_test");
  const deadlineMs = deadlineOf(platform, facts, told.value.move !== "sale");
  if (nowMs > deadlineMs) return refuse("deadline_passed");
  return accept({
    deliveryId: facts.deliveryId,
    lane: { ...lane.value, isTest: facts.isTest },
    move: told.value.move,
    json: writeExactJson(platform.event(told.value, parts.settings)),
    notBeforeMs: Math.max(told.value.atMs, facts.clickedAtMs + platform.clickRestMs),
    deadlineMs,
  });
}

/** After this time the platform takes nothing of the conversion, or no more that takes it back; Unix milliseconds. */
export function deadlineOf(
  { window, refundsAnyTime }: AdPlatform,
  facts: Pick<PlatformFacts, "clickedAtMs" | "occurredAtMs">,
  isTakenBack: boolean,
): number {
  if (isTakenBack && refundsAnyTime) return Number.POSITIVE_INFINITY;
  return (window.from === "click" ? facts.clickedAtMs : eventTime(facts)) + window.ms - WINDOW_MARGIN_MS;
}

function toldOf(
  platform: AdPlatform,
  facts: PlatformFacts,
  settings: PlatformSettings,
  nowMs: number,
): Result<ToldEvent, DeliveryReason> {
  if (facts.adConsent === "denied") return refuse("no_ad_consent");
  const click = clickOf(platform, facts);
  if (!click.ok) return click;
  const move = moveOf({ ...facts, changeMicros: microsOf(facts.delta, settings.value) }, settings.countsFrom);
  if (!move.ok) return move;
  const name = nameOf(settings.events, facts.event);
  if (name === null) return refuse("event_not_mapped");
  const orderNumber = settings.orderNumber === "kept" ? null : facts.txid;
  if (settings.orderNumber !== "kept" && orderNumber === null) return refuse("no_order_number");
  const refusal = platform.refunds === null ? unheard(move.value) : null;
  if (refusal) return refuse(refusal);
  return accept({
    facts,
    move: move.value,
    name,
    click: click.value,
    atMs: eventTime(facts),
    ...valuesOf(facts, settings, move.value),
    eventId: settings.orderNumber === "pairs" && orderNumber !== null ? orderNumber : facts.deliveryId,
    orderId: orderNumber ?? facts.conversionId,
    orderNumber,
    consent: facts.adConsent === "unsaid" ? settings.consent : facts.adConsent,
    changedAtMs: Math.max(nowMs, eventTime(facts) + BEHIND_CLICK_MS, (facts.lastToldAtMs ?? 0) + BEHIND_CLICK_MS),
  });
}

function clickOf(
  { clickIds }: AdPlatform,
  { externalId, externalKind }: PlatformFacts,
): Result<ToldEvent["click"], DeliveryReason> {
  if (clickIds.length === 0) return accept(null);
  const kind = clickIds.find((known) => known === externalKind);
  if (kind === undefined || externalId === null) return refuse("no_platform_click_id");
  return CLICK_ID.test(externalId) ? accept({ id: externalId, kind }) : refuse("odd_click_id");
}

function unheard(move: PlatformMove): DeliveryReason | null {
  if (move === "sale") return null;
  return move === "more" ? "platform_takes_no_changes" : "platform_takes_no_refunds";
}

function nameOf(events: PlatformSettings["events"], event: string): string | null {
  const own = Object.hasOwn(events, event) ? events[event] : undefined;
  return own ?? events[ALL_OTHERS] ?? null;
}

/** A shop that rounds to the second may say a time before the click's. */
function eventTime({ occurredAtMs, clickedAtMs }: Pick<PlatformFacts, "clickedAtMs" | "occurredAtMs">): number {
  return Math.max(occurredAtMs, clickedAtMs + BEHIND_CLICK_MS);
}

/** A sale without an amount is told without one: what it is worth is set up there then. What is left after a refund is told also where that is nothing. */
function valuesOf(
  { total, delta, currency }: PlatformFacts,
  { value }: PlatformSettings,
  move: PlatformMove,
): Pick<ToldEvent, "value" | "change"> {
  if (value === "none") return { value: null, change: null };
  const micros = microsOf(total, value);
  const changeMicros = microsOf(delta, value);
  return {
    value: micros > 0 || move !== "sale" ? writeAmount(micros, currency) : null,
    change: changeMicros === 0 ? null : writeAmount(Math.abs(changeMicros), currency),
  };
}

function microsOf({ amountMicros, payoutMicros, revenueMicros }: NoticedMoney, value: ToldValue): number {
  return { amount: amountMicros, payout: payoutMicros, revenue: revenueMicros, none: 0 }[value];
}

/** Whether a test can be told: the platform has a way for it, and what that asks for is entered. */
export function isTestable({ test }: AdPlatform, { fields }: PlatformSettings): boolean {
  if (test === null) return false;
  return test.field === null || (Object.hasOwn(fields, test.field) && fields[test.field] !== "");
}

/** The request of a batch, as it is sent, and as it may be shown: with the names of secrets in their places. Throws where a secret is missing, or a batch is none. */
export function requestOf(
  platform: AdPlatform,
  batch: readonly PreparedEvent[],
  settings: PlatformSettings,
  secrets: Readonly<Record<string, string>>,
): Outgoing {
  const [first] = batch;
  if (!first) throw new Error("a batch has at least one event");
  return withSecrets(secrets, settings, (parts) => platform.request(batch, first.lane, parts));
}

/** The request that asks what became of what was taken under `receipt`. */
export function inquiryOf(
  { inquiry, label }: AdPlatform,
  receipt: string,
  settings: PlatformSettings,
  secrets: Readonly<Record<string, string>>,
): Outgoing {
  if (!inquiry) throw new Error(`${label} has nothing to ask for later`);
  return withSecrets(secrets, settings, (parts) => inquiry.request(receipt, parts));
}

function withSecrets(
  secrets: Readonly<Record<string, string>>,
  settings: PlatformSettings,
  write: (parts: RequestParts) => PlatformRequest,
): Outgoing {
  const hasSecret = (name: string) => Object.hasOwn(secrets, name) && secrets[name] !== "";
  const open: SecretOf = (name) => {
    const secret = secrets[name];
    if (secret === undefined) throw new Error(`the secret ${name} was not opened`);
    return secret;
  };
  const { url, headers, body } = write({ settings, hasSecret, secretOf: (name) => `{secret.${name}}` });
  return { ...write({ settings, hasSecret, secretOf: open }), shown: { url, headers, body } };
}
