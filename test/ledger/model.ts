/**
 * The model: what the books must be after a list of postbacks, said as plainly as possible and without any code of the ledger.
 * It takes all messages at once, sorts them by receipt time, and tells the story once, from first to last.
 */
import type { PostbackMessage } from "../../schema/messages.ts";
import type { EventTerms } from "../../workers/core/books/set-up.ts";
import { UNKNOWN_VERSION } from "./histories.ts";
import { COUPONS, DAY_MS, type IssuedClick, LINKS, RATES, START_MS } from "./world.ts";

export interface ModelConversion {
  advertiser: number;
  imported: boolean;
  event: string;
  test: boolean;
  txid: string | null;
  /** `coupon` where that attributes it. */
  clickId: string;
  affiliate: number;
  status: string;
  hold: string;
  holdReason: string | null;
  amount: bigint;
  revenue: bigint;
  payout: bigint;
}

/** An operator names a conversion by its ID, which is no part of the story: what it meant by that when it was booked. Null where there was no such conversion. */
export type Meant = { clickId: string; event: string; test: boolean; txid: string | null; base: string | null } | null;

export interface ModelBooks {
  conversions: ModelConversion[];
  /** Receipt → status, with the reason where something waits or is rejected. */
  outcomes: Map<string, string>;
}

/** What another tracker booked, at a click of its own. */
interface Imported {
  payout: bigint;
}

interface Held {
  imported: Imported | null;
  /** The orders that it was named by, by the receipt of who named it. */
  orders: Map<string, { message: PostbackMessage; txid: string }>;
  /** Of a claim that an operator confirmed, and the sender has not said yet what was sold. */
  confirmed: boolean;
  txid: string | null;
  space: string;
  event: string;
  first: boolean;
  test: boolean;
  click: IssuedClick;
  byCoupon: boolean;
  status: string;
  /** Where an operator applied a what-if to whoever made it, what it is priced by instead. */
  prices: Prices;
  /** What stands before the sender's word, and why. */
  hold: "" | "held" | "rejected_by_operator";
  holdReason: string | null;
  /** What waits behind it. */
  behind: Placed[];
  /** The currency that it is told in and what of it makes one of the offer's; null where that is the offer's own. All sums below are in it. */
  own: Own | null;
  sold: bigint;
  posted: bigint;
  refunds: Map<string, Refunded>;
  /** The largest sum of all refunds that the sender told. */
  refundedTotal: bigint;
  /** Reinstatements that came before their reversals. */
  waiting: Placed[];
}

/** What an event pays and costs. */
export type Prices = Partial<Pick<EventTerms, "payout" | "revenue">>;

interface Own {
  currency: string;
  /** A decimal. */
  rate: string;
  digits: number;
}

interface Refunded {
  /** Null for the whole. */
  part: bigint | null;
  undone: boolean;
  /** The receipt of who said it; null of another tracker's. */
  by: string | null;
}

interface Placed {
  /** The click of another tracker's that it names. */
  old?: string;
  message: PostbackMessage;
  test: boolean;
  txid: string | null;
  /** The other name that it gives its order. */
  also: string | null;
  event: string | null;
  click: IssuedClick | null;
  refused: string | null;
  tooLate: string | null;
  /** The first message of the conversion that an operator meant. */
  base?: string | null;
  /** True of an operator's word that is taken back. */
  takenBack?: boolean;
  /** Whose a conversion of it is by its coupon. */
  byCoupon: Opening | null;
}

interface Opening {
  click: IssuedClick;
  event: string;
  refused: string | null;
}

export function modelBooks(
  messages: PostbackMessage[],
  clicks: IssuedClick[],
  meant: ReadonlyMap<string, Meant> = new Map(),
  firsts: ReadonlySet<string> = new Set(),
  amended: ReadonlyMap<string, Prices> = new Map(),
): ModelBooks {
  const all = attemptsInOrder(messages).map((message) => {
    if (message.content.history) return placeHistory(message);
    return message.correction
      ? placeWord(message, clicks, meant.get(message.receipt), messages)
      : place(message, clicks);
  });
  for (const word of all) word.takenBack = isTakenBack(word, all);
  const held: (Held & { advertiser: number })[] = [];
  const parked: Placed[] = [];
  const outcomes = new Map<string, string>();
  /** The attempt of each message that stands. */
  const standing = new Map<string, Placed>();
  const cameTo = new Map<string, Held>();

  const { claims, others } = sortOutClaims(all);
  for (const placed of others) take(placed);
  for (const claim of claims) outcomes.set(claim.message.receipt, outcomeOf(claim));
  return { conversions: held.map(close), outcomes };

  /** What became of a claim, when all is told: who spoke of its order or click, or the operator's last word. */
  function outcomeOf(claim: Placed): string {
    if (find(claim)) return "duplicate";
    return isDismissed(claim, all.length) ? "rejected: claim_dismissed" : "parked: claim";
  }

  function isDismissed(claim: Placed, before: number): boolean {
    const rulings = [...standing.values()]
      .filter((one) => rules(one, claim) && all.indexOf(one) > all.indexOf(claim) && all.indexOf(one) < before)
      .sort((left, right) => all.indexOf(left) - all.indexOf(right));
    return rulings.at(-1)?.message.ruling?.dismiss === true;
  }

  function rules({ refused, message }: Placed, claim: Placed): boolean {
    return refused === null && message.ruling?.claim === claim.message.receipt;
  }

  /** The claim that an operator's message is about, which came before. */
  function ruledOn(placed: Placed): Placed | undefined {
    return claims.find((claim) => all.indexOf(claim) < all.indexOf(placed) && rules(placed, claim));
  }

  /** An order number without a click at the click that claims it, if that is one; how many claim it, else. */
  function atItsClaim(placed: Placed): Placed | number {
    const isMeant = (claim: Placed): boolean =>
      all.indexOf(claim) < all.indexOf(placed) &&
      claim.click !== null &&
      claim.message.advertiser === placed.message.advertiser &&
      claim.txid !== null &&
      namesIn(placed.message.advertiser, claim.click, claim.event ?? "", claim.test, placed.txid ?? "").includes(
        claim.txid,
      ) &&
      claim.test === placed.test &&
      (placed.event === null || placed.event === claim.event) &&
      !isDismissed(claim, all.indexOf(placed));
    const open = claims.filter(isMeant);
    const first = open.filter(({ click, event }) => click && termsOf(click, event ?? "").first);
    const meant = placed.event === null && first.length > 0 ? first : open;
    const clicksMeant = new Set(meant.map(({ click, event }) => `${click?.id} ${event}`));
    const [claim] = meant;
    if (!claim?.click || clicksMeant.size > 1 || LINKS.get(claim.click.click.link)?.claims !== "take_single")
      return clicksMeant.size;
    const at = { ...placed, click: claim.click, event: claim.event };
    return { ...at, tooLate: lateness(placed.message, claim.click, claim.event ?? "") };
  }

  /** Who has been taken is not heard again; who has not may try again. */
  function take(placed: Placed): void {
    const { receipt } = placed.message;
    const before = outcomes.get(receipt);
    if (before !== undefined && before !== "unattributed" && !before.startsWith("rejected")) return;
    standing.set(receipt, placed);
    const cameToBefore = cameTo.get(receipt);
    cameTo.delete(receipt);
    outcomes.set(receipt, decide(placed));
    if (cameToBefore !== cameTo.get(receipt)) cameToBefore?.orders.delete(receipt);
  }

  function decide(placed: Placed): string {
    if (placed.refused) return placed.refused;
    if (placed.old !== undefined && !placed.byCoupon) return findOld(placed) ? "rejected: imported" : "unattributed";
    const conversion = find(placed) ?? (placed.old === undefined ? undefined : findOld(placed));
    const { channel, ruling } = placed.message;
    if (conversion && placed.takenBack && !conversion.imported) {
      cameTo.set(placed.message.receipt, conversion);
      conversion.orders.delete(placed.message.receipt);
      return "rejected: undone";
    }
    if (ruling?.dismiss) return !conversion && ruledOn(placed) ? "updated" : "rejected: no_open_claim";
    if (conversion)
      return moveAndUnpark(conversion, ruling ? { ...placed, message: { ...placed.message, content: {} } } : placed);
    if (ruling) return confirm(placed);
    if (channel === "console") return "rejected: unknown_order";
    if (isRefund(placed) && (placed.click || placed.txid !== null)) {
      parked.push(placed);
      return "parked: awaits_sale";
    }
    if (!placed.click && !placed.byCoupon && placed.txid !== null) return decideByClaims(placed);
    return start(placed);
  }

  function decideByClaims(placed: Placed): string {
    const claimed = atItsClaim(placed);
    if (typeof claimed !== "number") {
      const conversion = find(claimed);
      return conversion ? moveAndUnpark(conversion, claimed) : start(claimed);
    }
    if (claimed === 0) return "unattributed";
    parked.push(placed);
    return "parked: ambiguous_order";
  }

  /** The claim's words, at the claim's time, as far as the operator says nothing else; it is approved unless the operator says otherwise. */
  function confirm(placed: Placed): string {
    const claim = ruledOn(placed);
    if (!claim) return "rejected: no_open_claim";
    const { status: _, ...said } = claim.message.content;
    const content = { ...said, ...placed.message.content };
    const confirmed = { ...placed, message: { ...placed.message, content }, tooLate: claim.tooLate };
    return start(confirmed, claim);
  }

  /** `from`: by the rates and prices of which message. */
  function start(placed: Placed, from = placed): string {
    const opening = openingOf(placed, isRefund(placed));
    if (!opening) return "unattributed";
    if (opening.refused === "unknown_event") return "rejected: unknown_event";
    const rated = { ...placed.message, receivedAtMs: from.message.receivedAtMs };
    const own = ownOf(rated, opening.click, opening.event);
    if (own === "wrong" || tooMuch(placed.message.content, own)) return "rejected: wrong_currency";
    if (opening.refused) return `rejected: ${opening.refused}`;
    const isFirst = firsts.has(`${placed.message.receipt} ${placed.message.receivedAtMs}`);
    const prices = amended.get(attemptName(from.message)) ?? {};
    const begun = { ...begin(placed, opening, own, isFirst), prices };
    held.push(begun);
    outcomes.set(placed.message.receipt, "attributed");
    cameTo.set(placed.message.receipt, begun);
    unpark(begun);
    return "attributed";
  }

  /** What is said of a conversion, by its sender or by an operator, gives it the order that it names, and may free what waits. */
  function moveAndUnpark(conversion: Held, placed: Placed): string {
    const { hold, behind } = conversion;
    cameTo.set(placed.message.receipt, conversion);
    const outcome =
      sayOfImported(conversion, placed) ??
      takeBack(placed) ??
      (placed.message.correction ? decree(conversion, placed) : hear(conversion, placed));
    told(conversion, placed, outcome);
    if (hold === "held" && conversion.hold !== "held") {
      conversion.behind = [];
      for (const one of inOrder(behind)) told(conversion, one, hearBehind(conversion, one, placed));
    }
    if (placed.message.content.status !== "reinstated") {
      const early = inOrder(conversion.waiting.filter((one) => refundMeant(conversion, one) !== undefined));
      conversion.waiting = conversion.waiting.filter((one) => !early.includes(one));
      for (const one of early) outcomes.set(one.message.receipt, moveAndUnpark(conversion, one));
    }
    if (conversion.orders.has(placed.message.receipt)) unpark(conversion);
    return outcome;
  }

  /** An undo: the word that it takes back, which came before, is taken back already. */
  function takeBack({ message: { receipt, correction } }: Placed): string | null {
    if (correction?.act !== "undo") return null;
    const word = correction.undoes === undefined ? undefined : standing.get(correction.undoes);
    const isOwn = word?.message.correction?.conversion === correction.conversion;
    if (correction.undoes === undefined || !isOwn || outcomes.get(correction.undoes) !== "rejected: undone")
      return "rejected: nothing_to_undo";
    const before = [...standing.values()].some(
      ({ message }) =>
        message.correction?.act === "undo" &&
        message.correction.undoes === correction.undoes &&
        message.correction.conversion === correction.conversion &&
        message.receipt !== receipt &&
        outcomes.get(message.receipt) === "updated",
    );
    return before ? "duplicate" : "updated";
  }

  /** What became of a message. Who is refused has named no order, unless it was refused for an operator's word. */
  function told({ orders, waiting }: Held, placed: Placed, outcome: string): void {
    const { message, txid } = placed;
    outcomes.set(message.receipt, outcome);
    if (outcome === "parked: awaits_reversal") waiting.push(placed);
    if (message.content.status === "reinstated" || txid === null) return;
    const counts = !outcome.startsWith("rejected") || /: (held|operator_rejected)$/.test(outcome);
    if (counts) orders.set(message.receipt, { message, txid });
    else orders.delete(message.receipt);
  }

  /** Whoever waited and now finds this conversion is told what became of it; the earliest received goes first. */
  function unpark(conversion: Held): void {
    for (const placed of [...parked]) {
      if (!parked.includes(placed) || find(placed) !== conversion) continue;
      parked.splice(parked.indexOf(placed), 1);
      outcomes.set(placed.message.receipt, moveAndUnpark(conversion, placed));
    }
  }

  /** What another tracker booked on the click of its own that a message names. */
  function findOld({ message, old, test, event, txid }: Placed): Held | undefined {
    return held.find(
      (one) =>
        one.imported &&
        one.advertiser === message.advertiser &&
        one.click.id === old &&
        one.test === test &&
        (event === null || one.event === event) &&
        (txid === null || one.txid === null || one.txid === txid),
    );
  }

  function find(placed: Placed): Held | undefined {
    const { txid, test, event, click } = placed;
    const mine = held.filter((one) => one.advertiser === placed.message.advertiser && one.test === test);
    if (!click) {
      if (txid === null) return undefined;
      const inEvent = mine
        .filter((one) => event === null || one.event === event)
        .filter((one) => !placed.byCoupon || one.space === spaceOf(placed.byCoupon.click));
      const named = inEvent.filter((one) => isNamed(one, namesOf(one, txid)));
      return named.find((one) => one.first) ?? named[0];
    }
    const onEvent = mine.filter((one) => one.event === event);
    const isHistory = placed.message.content.history !== undefined;
    // Of one click another tracker may have several rows.
    const allOnClick = onEvent.filter((one) => one.click.id === click.id && !(isHistory && one.imported));
    const { correction } = placed.message;
    const meant = correction && (cameTo.get(placed.base ?? "") ?? allOnClick.find((one) => one.txid === txid));
    if (meant) return meant;
    const ofOrder = onEvent.filter((one) => one.space === spaceOf(click) && isNamed(one, namesOf(one, txid)));
    const [some] = ofOrder;
    const byOrder = firstNamed(ofOrder, some ? namesOf(some, txid) : []);
    const [onClick] = allOnClick;
    const once = termsOf(click, event ?? "").repeat === "once_per_click";
    const fits =
      onClick &&
      (txid === null || onClick.txid === null || once || (!isHistory && namesOf(onClick, txid).includes(onClick.txid)));
    return byOrder ?? (fits ? onClick : undefined);
  }

  /** All names, where this conversion is, of the order that `txid` names: the sender said so somewhere, before or after. */
  function namesOf(one: Held & { advertiser: number }, txid: string | null): string[] {
    return txid === null ? [] : namesIn(one.advertiser, one.click, one.event, one.test, txid);
  }

  /** All names of the order `txid` in the order space of a click, as the sender says them. */
  function namesIn(advertiser: number, where: IssuedClick, on: string, tests: boolean, txid: string): string[] {
    const told = all.filter(
      ({ message, also, refused, test, event, click, old, byCoupon }) =>
        also !== null &&
        refused === null &&
        // A click that only another tracker knows bars a message, and what is barred gives an order no name.
        (old === undefined || byCoupon !== null) &&
        message.advertiser === advertiser &&
        test === tests &&
        (event === null || event === on) &&
        (click === null || spaceOf(click) === spaceOf(where)),
    );
    return partners(told, txid);
  }
}

/** All names of the order that goes by `txid`. Three of them may be said beside the number, and twenty numbers be one order's. */
function partners(told: Placed[], txid: string): string[] {
  const groups: { names: string[]; beside: string[] }[] = [];
  const groupOf = (name: string) => groups.find(({ names }) => names.includes(name)) ?? { names: [name], beside: [] };
  for (const { txid: one, also } of told) {
    if (one === null || also === null) continue;
    const [first, second] = [groupOf(one), groupOf(also)];
    if (first === second || first.names.includes(also)) continue;
    const names = [...first.names, ...second.names];
    const beside = [...new Set([...first.beside, ...second.beside, also])];
    if (beside.length > 3 || names.length - beside.length > 20) continue;
    for (const old of [first, second]) if (groups.includes(old)) groups.splice(groups.indexOf(old), 1);
    groups.push({ names, beside });
  }
  return groupOf(txid).names;
}

/** What came by the pixel and is not refused is a claim, if it is among the first ten of its click and event, and the first three of its order. */
function sortOutClaims(all: Placed[]): { claims: Placed[]; others: Placed[] } {
  const isFirst = (placed: Placed, index: number): boolean =>
    all.findIndex(({ message }) => message.receipt === placed.message.receipt) === index;
  // Of one that is received several times the earliest counts.
  const again = new Set(all.filter((placed, index) => placed.message.channel === "pixel" && !isFirst(placed, index)));
  const pixels = all.filter(
    (placed) => placed.message.channel === "pixel" && placed.refused === null && !again.has(placed),
  );
  const claims = pixels.filter((own, index) => {
    const before = pixels
      .slice(0, index)
      .filter(
        ({ message, test, event }) =>
          message.advertiser === own.message.advertiser && test === own.test && event === own.event,
      );
    const onClick = before.filter(({ click }) => click === own.click);
    const ofOrder = before.filter(
      ({ txid, click }) =>
        click && own.click && own.txid !== null && txid === own.txid && spaceOf(click) === spaceOf(own.click),
    );
    return onClick.length < 10 && ofOrder.length < 3;
  });
  for (const placed of pixels) if (!claims.includes(placed)) placed.refused = "rejected: too_many_claims";
  return { claims, others: all.filter((placed) => !claims.includes(placed) && !again.has(placed)) };
}

/** The conversion goes by one of these names. */
function isNamed({ orders }: Held, names: string[]): boolean {
  return [...orders.values()].some((order) => names.includes(order.txid));
}

/** The conversion that the sender, or an operator, named by this order first. */
function firstNamed<One extends Held>(held: One[], names: string[]): One | undefined {
  const namings = held.flatMap((one) => [...one.orders.values()].map((order) => ({ ...order, one })));
  const fitting = namings.filter((naming) => names.includes(naming.txid));
  return fitting.sort((left, right) => byReceipt(left.message, right.message))[0]?.one;
}

/** A click decides, unless its coupon does; without one only a coupon does, of what cannot be booked twice. */
function openingOf({ click, event, tooLate, byCoupon, txid, message }: Placed, isRefund: boolean): Opening | null {
  if (!click) return txid !== null || (message.named && !isRefund) ? byCoupon : null;
  return byCoupon ?? (event === null ? null : { click, event, refused: tooLate });
}

/** All attempts by time, row, receipt and credentials. The same one twice is heard once or twice without a difference. */
function attemptsInOrder(messages: PostbackMessage[]): PostbackMessage[] {
  return [...messages].sort(byReceipt);
}

function inOrder(placed: Placed[]): Placed[] {
  return [...placed].sort((left, right) => byReceipt(left.message, right.message));
}

function byReceipt(left: PostbackMessage, right: PostbackMessage): number {
  const key = ({ receivedAtMs, row = 0, receipt, credentialVersion = 0 }: PostbackMessage): string =>
    String(receivedAtMs).padStart(20, "0") + String(row).padStart(6, "0") + receipt + credentialVersion;
  return key(left) < key(right) ? -1 : 1;
}

/** What another tracker booked is moved by nothing, and what it says moves nothing. */
function sayOfImported(held: Held, { message }: Placed): string | null {
  if (message.content.history) return "duplicate";
  return held.imported ? "rejected: imported" : null;
}

/** A row of another tracker's history, at its link; on a click of its own where it names none. */
function placeHistory(message: PostbackMessage): Placed {
  const { history, txid = null } = message.content;
  const link = LINKS.get(history?.link ?? 0);
  const click = historyClick(message);
  const event = message.content.event ?? link?.events[0]?.name ?? null;
  const placed = { message, test: false, txid, also: null, event, click, tooLate: null, byCoupon: null };
  if (!link) return { ...placed, refused: "unattributed" };
  return { ...placed, refused: link.advertiser === message.advertiser ? null : "rejected: foreign_click" };
}

function historyClick({ receipt, content: { clickId, history } }: PostbackMessage): IssuedClick {
  const link = history?.link ?? 0;
  const click = { issuedAtMs: history?.clickedAtMs ?? 0, link, counter: 0, test: false, provisional: false };
  return { id: clickId ?? `imported:${receipt}`, click };
}

/** An operator's word is placed where the conversion was that it meant. */
/** True where an operator takes it back later: any word but a refund's, and an undo. */
function isTakenBack({ message }: Placed, all: readonly Placed[]): boolean {
  const { correction, content, receipt } = message;
  if (!correction || correction.act === "undo" || content.status === "reversed" || content.status === "reinstated")
    return false;
  const place = all.findIndex((one) => one.message.receipt === receipt);
  return all.some(
    (one, at) =>
      at > place &&
      one.refused === null &&
      one.message.correction?.act === "undo" &&
      one.message.correction.undoes === receipt &&
      one.message.correction.conversion === correction.conversion,
  );
}

function placeWord(
  message: PostbackMessage,
  clicks: IssuedClick[],
  meant: Meant | undefined,
  messages: PostbackMessage[],
): Placed {
  const old = messages.find(({ receipt, content }) => receipt === meant?.base && content.history !== undefined);
  const click = old ? historyClick(old) : (clicks.find(({ id }) => id === meant?.clickId) ?? null);
  const refused = meant ? null : "rejected: unknown_order";
  const { txid = null, event = null, test = false, base = null } = meant ?? {};
  return { message, test, txid, also: null, event, click, refused, tooLate: null, byCoupon: null, base };
}

function place(message: PostbackMessage, clicks: IssuedClick[]): Placed {
  const { content } = message;
  const click = clicks.find(({ id }) => id === content.clickId) ?? null;
  const link = click && LINKS.get(click.click.link);
  const beside = message.channel === "pixel" ? null : (content.alsoTxid ?? null);
  const txid = content.txid ?? beside;
  const placed: Placed = {
    message,
    test: content.test === true || click?.click.test === true,
    txid,
    also: beside === txid ? null : beside,
    event: content.event ?? link?.events[0]?.name ?? null,
    click,
    refused: null,
    tooLate: null,
    byCoupon: null,
  };
  if (message.credentialVersion === UNKNOWN_VERSION) return { ...placed, refused: "rejected: credentials_revoked" };
  const old = !click && message.channel !== "pixel" ? content.clickId : undefined;
  if (old !== undefined && couponOf(message) === null) return { ...placed, old };
  if (old !== undefined) placed.old = old;
  if (message.ruling && !click) return { ...placed, refused: "rejected: no_open_claim" };
  if (message.channel === "pixel" && !click) return { ...placed, refused: "unattributed" };
  const coupon = couponOf(message);
  if (!click || !link) return coupon === null ? placed : { ...placed, byCoupon: couponOpening(placed, coupon) };
  if (link.advertiser !== message.advertiser) return { ...placed, refused: "rejected: foreign_click" };
  const event = link.events.find(({ name }) => name === placed.event);
  if (!event) return { ...placed, refused: "rejected: unknown_event" };
  const judged = message.channel === "pixel" ? { ...message, content: {} } : message;
  const tooLate = lateness(judged, click, event.name);
  const goesFirst = tooLate !== null || link.attributeFirst === "coupon";
  if (coupon !== null && LINKS.get(coupon)?.offer === link.offer && goesFirst) {
    const taken = { id: click.id, click: { ...click.click, link: coupon } };
    return { ...placed, byCoupon: { click: taken, event: event.name, refused: null } };
  }
  return { ...placed, tooLate };
}

function lateness({ content, receivedAtMs }: PostbackMessage, { click }: IssuedClick, event: string): string | null {
  const link = LINKS.get(click.link);
  const days = ((content.occurredAtMs ?? receivedAtMs) - click.issuedAtMs) / DAY_MS;
  const window = link?.events.find(({ name }) => name === event)?.windowDays ?? link?.windowDays ?? 0;
  return days > window ? "click_expired" : null;
}

/** The link of the coupon that a sender names, where it is one at the time of the order. */
function couponOf({ advertiser, channel, content, receivedAtMs, ruling }: PostbackMessage): number | null {
  if (channel === "pixel" || ruling) return null;
  const atMs = content.occurredAtMs ?? receivedAtMs;
  const code = content.coupon?.trim().toUpperCase();
  const found = COUPONS.find(
    (one) =>
      one.advertiser === advertiser &&
      one.code.toUpperCase() === code &&
      (one.fromMs === null || atMs >= one.fromMs) &&
      (one.untilMs === null || atMs < one.untilMs),
  );
  return found?.link ?? null;
}

function couponOpening({ message, test }: Placed, link: number): Opening {
  const events = LINKS.get(link)?.events ?? [];
  const event = message.content.event ?? events[0]?.name ?? "";
  const click = { issuedAtMs: 0, link, counter: 0, test, provisional: false };
  const refused = events.some(({ name }) => name === event) ? null : "unknown_event";
  return { click: { id: `none of ${message.receipt}`, click }, event, refused };
}

function spaceOf(click: IssuedClick): string {
  const link = LINKS.get(click.click.link);
  return link?.orderSpace === "offer" ? String(link.offer) : "";
}

function termsOf(click: IssuedClick, event: string) {
  const link = LINKS.get(click.click.link);
  const terms = link?.events.find(({ name }) => name === event);
  if (!link || !terms) throw new Error(`no terms for ${event}`);
  return { ...terms, affiliate: link.affiliate, first: link.events[0] === terms };
}

/** How amendments name an attempt. */
export function attemptName({ receipt, receivedAtMs }: Pick<PostbackMessage, "receipt" | "receivedAtMs">): string {
  return `${receipt} ${receivedAtMs}`;
}

function begin(
  { message, txid, test, byCoupon }: Placed,
  opening: Opening,
  own: Own | null,
  isFirst: boolean,
): Omit<Held, "prices"> & { advertiser: number } {
  const { click, event } = opening;
  const { content } = message;
  const { history } = content;
  return {
    imported: history ? { payout: BigInt(history.payoutMicros) } : null,
    advertiser: message.advertiser,
    orders: new Map(txid === null ? [] : [[message.receipt, { message, txid }]]),
    confirmed: message.ruling !== undefined,
    txid,
    space: spaceOf(click),
    event,
    first: termsOf(click, event).first,
    test,
    click,
    byCoupon: opening === byCoupon,
    status: history && content.status === "reversed" ? "approved" : (content.status ?? "approved"),
    ...(message.ruling || history
      ? { hold: "" as const, holdReason: null }
      : holdAtFirst(message, click, event, own, isFirst && !test)),
    own,
    behind: [],
    sold: BigInt(content.amountMicros ?? 0),
    posted: nearest(BigInt(content.revenueMicros ?? 0), 1n, history || own ? 6 : termsOf(click, event).digits),
    refunds: new Map(
      history && content.status === "reversed" ? [["the whole", { part: null, undone: false, by: null }]] : [],
    ),
    refundedTotal: 0n,
    waiting: [],
  };
}

function holdAtFirst(
  { content }: PostbackMessage,
  click: IssuedClick,
  event: string,
  own: Own | null,
  isFirst: boolean,
): Pick<Held, "hold" | "holdReason"> {
  const link = LINKS.get(click.click.link);
  if (link?.inReview) return { hold: "held", holdReason: "affiliate_review" };
  if (link?.events.find(({ name }) => name === event)?.review === "all")
    return { hold: "held", holdReason: "event_review" };
  const { revenue, digits } = termsOf(click, event);
  const said = booked(BigInt(content.revenueMicros ?? 0), own);
  const posted = revenue === "posted" ? nearest(said, 1n, digits) : 0n;
  const limit = BigInt(link?.maxAmountMicros ?? 0);
  const isLarge = booked(BigInt(content.amountMicros ?? 0), own) > limit || posted > limit;
  if (isLarge) return { hold: "held", holdReason: "large_amount" };
  return isFirst ? { hold: "held", holdReason: "first_conversions" } : { hold: "", holdReason: null };
}

/** The sender's word: a hold keeps it waiting, and so does an amount that is too large to count unseen. */
function hear(held: Held, placed: Placed): string {
  if (placed.message.ruling) return speak(held, placed);
  const before = structuredClone(held);
  const outcome = speak(held, placed);
  if (outcome === "rejected: wrong_currency") return outcome;
  const limit = BigInt(LINKS.get((placed.click ?? held.click).click.link)?.maxAmountMicros ?? 0);
  const rises = (was: bigint, is: bigint): boolean => is > was && is > limit;
  const isLarge =
    outcome === "updated" &&
    (rises(booked(before.sold, before.own), booked(held.sold, held.own)) ||
      rises(booked(before.posted, before.own), booked(held.posted, held.own)));
  if (before.hold === "" && !isLarge) return outcome;
  // As if it had not been said, but for the order that it names.
  const { waiting, behind, orders } = held;
  const txid = before.txid ?? (placed.message.content.status === "reinstated" ? null : placed.txid);
  Object.assign(held, before, { waiting, behind, orders, txid });
  if (before.hold === "rejected_by_operator") return "rejected: operator_rejected";
  if (isLarge && before.hold === "") Object.assign(held, { hold: "held", holdReason: "large_amount" });
  held.behind.push(placed);
  return "parked: held";
}

/** What waited, now that an operator's word ended the hold: a release lets it count, an approval only what was given back. */
function hearBehind(held: Held, placed: Placed, word: Placed): string {
  if (held.hold === "rejected_by_operator") return "rejected: operator_rejected";
  if (word.message.correction?.act !== "release" && !isRefund(placed)) return "duplicate";
  return speak(held, placed);
}

function decree(held: Held, placed: Placed): string {
  const { content, correction } = placed.message;
  if (correction?.act === "hold") {
    if (held.hold === "held") return "duplicate";
    Object.assign(held, { hold: "held", holdReason: "by_hand" });
    return "updated";
  }
  if (correction?.act === "release") {
    if (held.hold === "") return "duplicate";
    Object.assign(held, { hold: "", holdReason: null });
    return "updated";
  }
  if (content.status === "approved") {
    if (isOver(held)) return "rejected: status_not_allowed";
    const outcome = speak(held, placed);
    const freed = held.hold !== "";
    Object.assign(held, { hold: "", holdReason: null });
    return freed ? "updated" : outcome;
  }
  if (content.status === "rejected") {
    if (isOver(held)) return "rejected: status_not_allowed";
    if (held.hold === "rejected_by_operator") return "duplicate";
    held.status = "pending";
    Object.assign(held, { hold: "rejected_by_operator", holdReason: "by_hand" });
    return speak(held, placed);
  }
  return held.hold === "held" && content.status === undefined ? "rejected: held" : speak(held, placed);
}

/** What a message says of a conversion that nothing stands before. Who first tells a sum tells the currency. */
function speak(held: Held, placed: Placed): string {
  const { message, click, event } = placed;
  const content = heardContent(held, message);
  const asked = ownOf({ ...message, content }, held.click, held.event, termsOfWord(held, { click, event }).digits);
  const before = held.own;
  const isUntold = held.own === null && held.sold === 0n && held.posted === 0n && held.refunds.size === 0;
  const tells = content.amountMicros !== undefined || content.revenueMicros !== undefined;
  if (isUntold && held.refundedTotal === 0n && tells && content.status !== "reversed" && !message.correction)
    if (asked !== "wrong") held.own = asked;
  const heard = inOwn(held, message, content, asked);
  if (heard === null) {
    held.own = before;
    return "rejected: wrong_currency";
  }
  const outcome = content.status === "reinstated" ? undo(held, placed) : move(held, placed, content, heard);
  if (before === null && held.sold === 0n && held.posted === 0n) held.own = null;
  return outcome;
}

function termsOfWord(held: Held, { click, event }: Pick<Placed, "click" | "event">) {
  return termsOf(click ?? held.click, click ? (event ?? "") : held.event);
}

/** What is said, in the currency that the sale is told in; null where it is in one of which nothing is known, or too much. */
function inOwn(
  held: Held,
  { correction }: PostbackMessage,
  content: PostbackMessage["content"],
  asked: Own | null | "wrong",
): PostbackMessage["content"] | null {
  const offers = LINKS.get(held.click.click.link)?.currency ?? "";
  const own = held.own?.currency ?? offers;
  const currency = content.currency ?? (correction ? offers : own);
  const gives = content.status === "reversed";
  if (currency === own) return !gives && tooMuch(content, held.own) ? null : content;
  const third = currency === offers ? null : asked;
  if (third === "wrong" || (!gives && tooMuch(content, third))) return null;
  const heard = { ...content };
  const turn = (micros: number, known: bigint): number => {
    const inOffers = booked(BigInt(micros), third);
    const most = 1_000_000_000_000_000n;
    let turned = inOffers;
    if (held.own) {
      const [over, under] = fraction(held.own.rate);
      if (!gives && inOffers === booked(known, held.own)) return Number(known);
      turned = gives ? -((-inOffers * under) / over) : nearest(inOffers * under, over, 6);
      if (gives && (inOffers * under) % over !== 0n) turned += 1n;
      if (gives && turned > held.sold && inOffers <= booked(held.sold, held.own)) turned = held.sold;
    }
    return Number(turned > most ? most : turned);
  };
  if (content.amountMicros !== undefined) heard.amountMicros = turn(content.amountMicros, held.sold);
  if (content.revenueMicros !== undefined) heard.revenueMicros = turn(content.revenueMicros, held.posted);
  if (content.refundedTotalMicros !== undefined)
    heard.refundedTotalMicros = turn(content.refundedTotalMicros, held.sold);
  return heard;
}

/** In which currency a message is, and what one unit of it is in the offer's, by the day's rates: of the day of receipt, or of at most seven before. */
function ownOf(
  { content, receivedAtMs }: PostbackMessage,
  { click }: IssuedClick,
  event: string,
  digits = termsOf({ id: "", click }, event).digits,
): Own | null | "wrong" {
  const offers = LINKS.get(click.link)?.currency ?? "";
  const { currency = offers } = content;
  if (currency === offers) return null;
  const perEuro = (one: string): string | undefined => {
    if (one === "EUR") return "1";
    const age = (day: number): number => Math.floor((receivedAtMs - START_MS) / DAY_MS) - day;
    return RATES.findLast(({ day, perEuro }) => perEuro[one] !== undefined && age(day) >= 0 && age(day) <= 7)?.perEuro[
      one
    ];
  };
  const [from, to] = [perEuro(currency), perEuro(offers)];
  if (from === undefined || to === undefined) return "wrong";
  return { currency, rate: currency === "EUR" ? to : tenDigits(from, to), digits };
}

/** `to` ÷ `from`, to the nearest decimal of ten digits from the first that is not a zero. */
function tenDigits(from: string, to: string): string {
  const [fromOver, fromUnder] = fraction(from);
  const [toOver, toUnder] = fraction(to);
  const [over, under] = [toOver * fromUnder, toUnder * fromOver];
  let places = 0;
  while ((over * 10n ** BigInt(places)) / under < 10n ** 9n) places++;
  const digits = (2n * over * 10n ** BigInt(places) + under) / (2n * under);
  const text = String(digits).padStart(places + 1, "0");
  return `${text.slice(0, text.length - places)}.${text.slice(text.length - places)}`;
}

/** A decimal as a fraction. */
function fraction(decimal: string): [bigint, bigint] {
  const [whole = "", part = ""] = decimal.split(".");
  return [BigInt(whole + part), BigInt(`1${"0".repeat(part.length)}`)];
}

/** A sum as the offer's currency has it. */
function booked(micros: bigint, own: Own | null): bigint {
  if (!own) return micros;
  const [over, under] = fraction(own.rate);
  return micros < 0n ? -nearest(-micros * over, under, own.digits) : nearest(micros * over, under, own.digits);
}

function tooMuch({ amountMicros = 0, revenueMicros = 0 }: PostbackMessage["content"], own: Own | null): boolean {
  return [amountMicros, revenueMicros].some((micros) => booked(BigInt(micros), own) > 1_000_000_000_000_000n);
}

/** `said`: as it was sent, by which a refund without a name is known. */
function move(
  held: Held,
  { message, txid, click, event }: Placed,
  said: PostbackMessage["content"],
  content: PostbackMessage["content"],
): string {
  const { receipt, named } = message;
  const terms = termsOfWord(held, { click, event });
  const bind = (): boolean => {
    const upgrade = held.txid === null && txid !== null;
    if (upgrade) held.txid = txid;
    return upgrade;
  };
  if (content.status === "reversed") {
    const repeats = (): string => (bind() ? "updated" : "duplicate");
    const part = content.amountMicros === undefined ? null : BigInt(content.amountMicros);
    if (content.refundedTotalMicros !== undefined) {
      if (BigInt(content.refundedTotalMicros) <= held.refundedTotal) return repeats();
      held.refundedTotal = BigInt(content.refundedTotalMicros);
      bind();
      return "updated";
    }
    if (part === null && content.refundId === undefined && isOver(held)) return repeats();
    const offers = LINKS.get(held.click.click.link)?.currency;
    const foreign =
      said.amountMicros === undefined || said.currency === (held.own?.currency ?? offers) ? "" : (said.currency ?? "");
    const own = named || (part === null && content.occurredAtSent === undefined);
    const name =
      content.refundId !== undefined
        ? `id ${content.refundId}`
        : own
          ? `message ${receipt}`
          : `part ${said.amountMicros} ${content.occurredAtSent ?? "-"} ${foreign}`;
    const known = held.refunds.get(name);
    if (known && (part !== null || known.part === null || known.undone)) return repeats();
    held.refunds.delete(name);
    held.refunds.set(name, {
      part: part !== null && booked(held.sold - part, held.own) > 0n ? part : null,
      undone: false,
      by: receipt,
    });
    bind();
    return "updated";
  }
  const over = isOver(held);
  const wants = content.status ?? held.status;
  const legal =
    (wants === held.status && (!over || content.status === undefined)) ||
    (!over && held.status === "pending" && wants !== "pending") ||
    (!over && held.status === "rejected" && wants === "approved");
  if (!legal) return "rejected: status_not_allowed";
  const sold = BigInt(content.amountMicros ?? held.sold);
  const own = heldTerms(held);
  const posted =
    content.revenueMicros === undefined
      ? held.posted
      : nearest(BigInt(content.revenueMicros), 1n, held.own ? 6 : own.digits);
  const isPosted = own.revenue === "posted";
  const restates =
    (sold !== held.sold || (isPosted && posted !== held.posted)) &&
    (terms.restate === "replace" || held.confirmed || message.correction?.restate === true);
  if (restates && over) return "rejected: status_not_allowed";
  const changes = [bind(), wants !== held.status, restates].includes(true);
  const saysSale = content.amountMicros !== undefined || content.revenueMicros !== undefined;
  if (saysSale && !message.correction) held.confirmed = false;
  held.status = wants;
  if (restates) {
    held.sold = sold;
    held.posted = posted;
  }
  return changes ? "updated" : "duplicate";
}

/** By another tracker, the rejection of what was approved takes all of it back. */
function heardContent(held: Held, { channel, content }: PostbackMessage): PostbackMessage["content"] {
  const wasApproved = held.status === "approved" || isOver(held);
  return wasApproved && content.status === "rejected" && channel.startsWith("tracker:")
    ? { status: "reversed", ...(content.currency === undefined ? {} : { currency: content.currency }) }
    : content;
}

/** A reinstatement: it undoes the refund that it names, or the last one of the whole, and waits where there is none. */
function undo(held: Held, placed: Placed): string {
  const { correction } = placed.message;
  const meant = refundMeant(held, placed);
  if (!meant) return correction ? "rejected: status_not_allowed" : "parked: awaits_reversal";
  if (meant.undone) return "duplicate";
  meant.undone = true;
  return "updated";
}

function refundMeant(held: Held, { message: { content, correction } }: Placed): Refunded | undefined {
  if (correction?.undoes !== undefined) return [...held.refunds.values()].find(({ by }) => by === correction.undoes);
  const wholes = [...held.refunds.values()].filter(({ part }) => part === null).reverse();
  if (content.refundId !== undefined) return held.refunds.get(`id ${content.refundId}`);
  return wholes.find(({ undone }) => !undone) ?? wholes[0];
}

function isRefund({ message: { content } }: Placed): boolean {
  return content.history === undefined && (content.status === "reversed" || content.status === "reinstated");
}

function given(held: Held): bigint {
  const parts = [...held.refunds.values()].filter(({ undone }) => !undone).map(({ part }) => part ?? held.sold);
  const sum = parts.reduce((total, part) => total + part, 0n);
  return sum > held.refundedTotal ? sum : held.refundedTotal;
}

/** All of it was given back. A sale without an amount is given back by any refund that stands. */
function isOver(held: Held): boolean {
  const isAny = held.refundedTotal > 0n || [...held.refunds.values()].some(({ undone }) => !undone);
  return isAny && booked(held.sold - given(held), held.own) <= 0n;
}

function left(held: Held): bigint {
  return isOver(held) ? 0n : held.sold - given(held);
}

function heldTerms({ click, event, prices }: Held) {
  return { ...termsOf(click, event), ...prices };
}

function close(held: Held & { advertiser: number }): ModelConversion {
  const terms = heldTerms(held);
  const { event, test, txid, hold, holdReason } = held;
  const open = hold === "held" && held.status === "approved" ? "pending" : held.status;
  const status = isOver(held) ? "reversed" : open;
  const base = {
    advertiser: held.advertiser,
    event,
    test,
    txid,
    clickId: held.byCoupon ? "coupon" : held.click.id.startsWith("imported:") ? "imported" : held.click.id,
    imported: held.imported !== null,
    affiliate: terms.affiliate,
    status,
    hold,
    holdReason,
  };
  if (status === "rejected" || status === "reversed") return { ...base, amount: 0n, revenue: 0n, payout: 0n };
  if (held.imported) return { ...base, amount: held.sold, revenue: held.posted, payout: held.imported.payout };
  return {
    ...base,
    amount: booked(left(held), held.own),
    revenue: worth(terms.revenue, held),
    payout: worth(terms.payout, held),
  };
}

/** A price after refunds: the whole to the event's digits, and what remains of it to the same. */
function worth(rule: { flat: number } | { percent: number } | "posted", held: Held): bigint {
  const { digits } = termsOf(held.click, held.event);
  if (rule !== "posted" && "flat" in rule) return BigInt(rule.flat);
  const posted = held.own ? booked(held.posted, held.own) : held.posted;
  const whole =
    rule === "posted" ? posted : nearest(booked(held.sold, held.own) * BigInt(rule.percent), 1_000_000n, digits);
  return held.sold === 0n ? whole : nearest(whole * left(held), held.sold, digits);
}

/** The sum of micros nearest to a fraction that has so many digits behind the decimal point, the larger of two that are as near (nothing here is negative). */
function nearest(numerator: bigint, denominator: bigint, digits: number): bigint {
  const apart = BigInt(`1${"0".repeat(6 - digits)}`);
  const below = (numerator / (denominator * apart)) * apart;
  const above = below + apart;
  return above * denominator - numerator <= numerator - below * denominator ? above : below;
}
