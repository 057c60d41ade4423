/** A command: what a postback asks of the books, with everything the decision needs, so that deciding reads nothing else. */
import type { Channel, HistoryContent, HoldAct, PostbackContent, PostbackMessage } from "../../../schema/messages.ts";
import type { Click } from "../click-id.ts";
import { must } from "../must.ts";
import type { DayRate } from "../rates/rate.ts";
import type { OutcomeReason } from "../reasons.ts";
import { judgeTiming } from "./attribution.ts";
import { bookedSale, exchangeOf, type ToldSums, WRONG_CURRENCY } from "./booked-sale.ts";
import { type CapPlace, placesFor } from "./caps.ts";
import { type ClaimedRules, type ClaimRules, claimRules, rulesOfClaimed } from "./claim-rules.ts";
import { type CouponTerms, clickByCoupon, couponNamed, couponValidAt, judgeOrderTime, orderedAtMs } from "./coupons.ts";
import { type FirstConversions, firstConversions } from "./first-conversions.ts";
import { type HoldReason, holdAtBirth, type SaleSums } from "./hold.ts";
import { placeOfHistory } from "./imported.ts";
import {
  credentialWasValid,
  type EventTerms,
  type LinkTerms,
  linkAt,
  ratesOf,
  ruleInWords,
  type SetUp,
} from "./set-up.ts";
import type { AttributedClick, Terms } from "./terms.ts";

/** A reason that ends the matter, whatever is held. */
export interface Bar {
  status: "rejected" | "unattributed";
  reason: OutcomeReason;
}

export interface Command {
  receipt: string;
  named: boolean;
  advertiser: number;
  receivedAtMs: number;
  /** Place among the rows of its batch; 0 outside one. */
  row: number;
  channel: Channel;
  /** Of the advertiser's credentials that vouched for it; null where nothing had to. */
  credentialVersion: number | null;
  /** Keyed hash of the address that it was sent from; null where none is known. */
  addressHash: string | null;
  /** Sent again by the operator, to be decided anew if it took no key. */
  replay: boolean;
  test: boolean;
  content: PostbackContent;
  /** By which its sums are converted, where they are in another currency than what they are booked in. */
  rates: DayRate[];
  /** The click ID that another tracker gave, where the message names one: not for us to read, but rows of that tracker's history may have it. */
  oldClickId: string | null;
  /** The order's number; its other name where the message says no more. */
  txid: string | null;
  /** The event meant; null when neither the message nor its click tells. */
  event: string | null;
  click: AttributedClick | null;
  terms: Terms | null;
  /** What a conversion of this message is attributed to by its coupon, instead of its click or without one. */
  coupon: CouponAttribution | null;
  /** The places under the offer's caps that a conversion of this message takes. */
  caps: CapPlace[];
  /** What a conversion of this message is held for. */
  hold: HoldReason | null;
  /** Of which affiliate's first conversions on which offer it may make one; null where none are looked at. */
  firstOf: FirstConversions | null;
  /** A conversion of this message is one of those, and held: the advertiser's object has counted, and says it once. */
  isFirst: boolean;
  /** Counts always. */
  bar: Bar | null;
  /** Counts only where no key is held. */
  verdict: OutcomeReason | null;
  /** An operator's correction of this conversion. */
  correction: OperatorsWord | null;
  /** An operator's word on this claim. */
  ruling: { claim: string; by: string; note: string; dismiss: boolean } | null;
  /** An operator's word that messages count as other rules have it. */
  amendment: Amendment | null;
  /** Set where it is a claim: what the sender's word is judged by that takes its click, unless that brings the rules of its own time. */
  claim: ClaimRules | null;
  /** Of an order number without a click: the rules of where the pixel claims it, as they are when the sender speaks. */
  claimed: ClaimedRules[];
  /** Set where it names an order alone and was taken to the click of the one claim there is: the event in its own words. */
  loose: { event: string | null } | null;
}

/** What an operator says of a conversion. */
export interface OperatorsWord {
  conversion: string;
  by: string;
  note: string;
  restate: boolean;
  act?: HoldAct;
  /** The receipt of the word that this one takes back. */
  undoes?: string;
  /** Slug of why it rejects, for the affiliate. */
  reason?: string;
  /** The message that made the conversion, which it still belongs to when late ones give it another order. */
  base?: string;
}

/** What an operator has messages of a family count as, under other rules: see `amendment.ts`. */
export interface Amendment {
  by: string;
  note: string;
  /** The number of the what-if. */
  whatIf: number;
  /** The `familyMark` of the family as it was looked at. */
  seen: string;
  /** None once it is decided: they stand in the messages then. */
  patches: Patch[];
}

/** What of one attempt of a message is otherwise. */
export interface Patch {
  receipt: string;
  attempt: Pick<Command, "receivedAtMs" | "row" | "credentialVersion">;
  fields: Partial<Command>;
}

/** `terms` are null where the coupon's offer has no such event. */
export interface CouponAttribution {
  click: AttributedClick;
  event: string;
  terms: Terms | null;
}

/** A message's click ID, read: null when it names none, `unknown` when it is not one that we issued. */
export type ReadClick = Click | null | "unknown";

/** Makes a message a command, with its verdict. `click` is what its click ID says. */
export function makeCommand(message: PostbackMessage, click: ReadClick, setUp: SetUp): Command {
  const content = contentOf(message);
  const command: Command = {
    receipt: message.receipt,
    named: message.named === true,
    advertiser: message.advertiser,
    receivedAtMs: message.receivedAtMs,
    row: message.row ?? 0,
    channel: message.channel,
    credentialVersion: message.credentialVersion ?? null,
    addressHash: message.addressHash ?? null,
    replay: message.replay === true,
    test: content.test === true || (click !== null && click !== "unknown" && click.test),
    content,
    rates: ratesOf(message, setUp),
    oldClickId: oldClickOf(message, click, setUp),
    txid: content.txid ?? (message.channel === "pixel" ? null : (content.alsoTxid ?? null)),
    event: content.event ?? null,
    click: null,
    terms: null,
    coupon: null,
    caps: [],
    hold: null,
    firstOf: null,
    isFirst: false,
    bar: null,
    verdict: null,
    correction: readCorrection(message),
    ruling: readRuling(message),
    amendment: readAmendment(message),
    claim: null,
    claimed: [],
    loose: null,
  };
  // It brings all that decides it, but for whether the clicks that it names are ours.
  if (command.amendment) return click === "unknown" ? barred(command, "unattributed", "no_click") : command;
  if (!credentialWasValid(setUp, message)) return barred(command, "rejected", "credentials_revoked");
  if (content.history) return attributeHistory(command, content.history, setUp);
  const coupon = couponOf(message, setUp);
  if (click !== null && click !== "unknown") return attributeTo(command, click, setUp, coupon);
  if (coupon) return attributeByCoupon(command, coupon);
  if (click === "unknown") return barred(command, "unattributed", "no_click");
  if (command.ruling) return barred(command, "rejected", "no_open_claim");
  if (command.channel === "pixel") return barred(command, "unattributed", "no_click");
  return { ...command, claimed: rulesOfClaimed(command.advertiser, [command.txid, content.alsoTxid], setUp) };
}

/** What another tracker called the click, also where it was adopted, by whichever name it is meant: its history may be under that one. */
function oldClickOf({ channel, tracker, content }: PostbackMessage, click: ReadClick, setUp: SetUp): string | null {
  if (channel === "pixel") return null;
  const { clickId = null } = content;
  if (tracker?.clickId !== undefined || clickId === null) return tracker?.clickId ?? null;
  return click === "unknown" ? clickId : (setUp.oldNames?.get(clickId) ?? null);
}

/** What a message says. Only an operator's import says what another tracker booked. */
function contentOf({ channel, content }: PostbackMessage): PostbackContent {
  if (channel === "import") return content;
  const { history: _, ...said } = content;
  return said;
}

/** A row of another tracker's history says itself whose it is, and what it is worth. */
function attributeHistory(command: Command, history: HistoryContent, setUp: SetUp): Command {
  const place = placeOfHistory({ ...command, history }, linkAt(setUp, history.link, command.receivedAtMs));
  if (typeof place === "object") return { ...command, ...place };
  return barred(command, place === "unknown_link" ? "unattributed" : "rejected", place);
}

/** A coupon with its link's terms. */
interface KnownCoupon {
  link: number;
  terms: LinkTerms;
}

/** The coupon that a message names, where it is known and was valid when the order was placed. */
function couponOf(message: PostbackMessage, setUp: SetUp): KnownCoupon | null {
  const key = couponNamed(message);
  const named: readonly CouponTerms[] = (key === null ? null : setUp.coupons.get(key)) ?? [];
  const coupon = couponValidAt(named, orderedAtMs(message));
  return (
    coupon && {
      link: coupon.link,
      terms: must(linkAt(setUp, coupon.link, message.receivedAtMs), "the link of coupon", coupon.number),
    }
  );
}

/** An order without a click of ours: its number tells whether it is held, and the coupon only whose it is if it is not. */
function attributeByCoupon(command: Command, { link, terms: offer }: KnownCoupon): Command {
  const event = command.event ?? offer.events[0]?.name ?? null;
  if (event === null) return command;
  const found = offer.events.find(({ name }) => name === event);
  const clickId = clickByCoupon(command.receipt);
  const click = placeOf(offer, link, { clickId, clickedAtMs: orderedAtMs(command) });
  return {
    ...command,
    coupon: { click, event, terms: found ? termsOf(found, offer) : null },
    ...(found && holding(command, offer, found, termsOf(found, offer))),
    caps: placesFor(offer, event, command.receivedAtMs),
    verdict: found ? judgeOrderTime(command) : "unknown_event",
  };
}

/** An order with a click that is its coupon's affiliate's all the same: it stays the click's order, so that it counts once. */
function takenOver(command: Command, clickId: string, event: string, { link, terms: offer }: KnownCoupon): Command {
  const found = offer.events.find(({ name }) => name === event);
  if (!found) return command;
  const click = placeOf(offer, link, { clickId, clickedAtMs: orderedAtMs(command) });
  const terms = termsOf(found, offer);
  const held = holding(command, offer, found, terms);
  return { ...command, coupon: { click, event, terms }, ...held, verdict: judgeOrderTime(command) };
}

function placeOf(
  { offer, affiliate, currency, orderSpace }: LinkTerms,
  link: number,
  click: Pick<AttributedClick, "clickId" | "clickedAtMs">,
): AttributedClick {
  return { ...click, link, offer, affiliate, currency, space: orderSpace === "offer" ? `offer:${offer}` : "" };
}

/** A coupon of the click's offer comes before the click where the offer says so, and where the click's window is over. */
function attributeTo(command: Command, click: Click, setUp: SetUp, coupon: KnownCoupon | null): Command {
  const link = linkAt(setUp, click.link, command.receivedAtMs);
  if (!link) return barred(command, "unattributed", "unknown_link");
  if (link.advertiser !== command.advertiser) return barred(command, "rejected", "foreign_click");
  const clickId = must(command.content.clickId, "the click ID of message", command.receipt);
  const attributed = placeOf(link, click.link, { clickId, clickedAtMs: click.issuedAtMs });
  const first = link.events[0];
  if (!first) return barred({ ...command, click: attributed }, "rejected", "no_offer_events");
  const event = command.event ?? first.name;
  const found = link.events.find((candidate) => candidate.name === event);
  const placed = { ...command, event, click: attributed };
  if (!found) return barred(placed, "rejected", "unknown_event");
  const terms = termsOf(found, link);
  const own: Command = {
    ...placed,
    terms,
    caps: placesFor(link, event, command.receivedAtMs),
    ...holding(command, link, found, terms),
    ...judge(command, click, link, found),
  };
  const goesFirst = link.attributeFirst === "coupon" || own.verdict === "click_expired";
  return coupon && goesFirst && coupon.terms.offer === link.offer ? takenOver(own, clickId, event, coupon) : own;
}

/** A claim makes nothing that could be held, and what an operator confirms needs no second look. */
function holding(
  command: Command,
  link: LinkTerms,
  event: EventTerms,
  terms: Terms,
): Pick<Command, "hold" | "firstOf"> {
  if (command.channel === "pixel" || command.ruling) return { hold: null, firstOf: null };
  const { inReview, maxAmountMicros } = link;
  const rules = { inReview, maxAmountMicros, reviewsEvent: event.review === "all" };
  return {
    hold: holdAtBirth(rules, saleOf(command, link.currency, terms)),
    firstOf: firstConversions(link),
  };
}

/** A claim says what the sender's word will be judged by; when it happened is not for anyone to say. A ruling is judged by its claim. */
function judge(command: Command, click: Click, link: LinkTerms, event: EventTerms): Pick<Command, "verdict" | "claim"> {
  if (command.ruling) return { verdict: null, claim: null };
  if (command.channel !== "pixel") return { verdict: judgeTiming(command, click, link, event), claim: null };
  const { receivedAtMs } = command;
  return { verdict: judgeTiming({ receivedAtMs, content: {} }, click, link, event), claim: claimRules(link, event) };
}

function termsOf(event: EventTerms, link: LinkTerms): Terms {
  const first = event === link.events[0];
  const { payout, revenue, repeat, restate, digits } = event;
  const { maxAmountMicros, otherCurrencies } = link;
  const terms = { payout, revenue, repeat, restate, first, rule: ruleInWords(event, link), maxAmountMicros, digits };
  return otherCurrencies === "convert" ? { ...terms, otherCurrencies } : terms;
}

/** The sale as it would be booked in `currency`. What is not said counts as nothing, and revenue only where the advertiser posts it; what cannot be converted is not booked. */
export function saleOf(told: ToldSums, currency: string, terms: Terms): SaleSums {
  const { amountMicros = 0, revenueMicros = 0 } = told.content;
  const exchange = exchangeOf(told, currency, terms);
  if (exchange === WRONG_CURRENCY) return { amountMicros: 0, postedRevenueMicros: 0 };
  return bookedSale({
    amountMicros,
    postedRevenueMicros: terms.revenue === "posted" ? revenueMicros : 0,
    exchange,
    terms,
  });
}

function barred(command: Command, status: Bar["status"], reason: OutcomeReason): Command {
  return { ...command, bar: { status, reason } };
}

function readRuling({ ruling }: PostbackMessage): Command["ruling"] {
  return ruling ? { ...ruling, dismiss: ruling.dismiss === true } : null;
}

/** What an operator has messages count as; null of any other message. */
export function readAmendment({ amendment }: PostbackMessage): Amendment | null {
  if (!amendment) return null;
  const patches: Patch[] = JSON.parse(amendment.patches);
  return { ...amendment, patches };
}

function readCorrection(message: PostbackMessage): OperatorsWord | null {
  const { correction } = message;
  return correction ? { ...correction, restate: correction.restate === true } : null;
}
