/** Ninety days as they would have come: clicks, and what advertisers posted of them. The same seed and the same moment draw the same, to the last receipt, so that what was cut off is sent again without a second effect. */
import type {
  ClicksMessage,
  LoggedClick,
  PostbackContent,
  PostbackMessage,
  RefusalMessage,
} from "../../schema/messages.ts";
import { encodeBase32 } from "../../workers/core/base32.ts";
import { classifyDevice } from "../../workers/core/click/device.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import type { KeyRing } from "../../workers/core/key-ring.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../workers/core/time-units.ts";
import { BOT, BROWSERS } from "../programme/browsers.ts";
import { type Random, seededRandom } from "../random.ts";
import { BUSINESS, type BusyLink, COUPONS, type Course, PIXEL_ADVERTISER } from "./business.ts";

export const HISTORY_DAYS = 90;

/** Numbers that the books gave to what a link hangs on. */
export interface Numbers {
  link: number;
  offer: number;
  affiliate: number;
  advertiser: number;
}

export interface History {
  clicks: ClicksMessage[];
  /** In order of time: what changes an order comes behind it. */
  postbacks: PostbackMessage[];
  refusals: RefusalMessage[];
}

const SEED = 90;
const CLICKS_OF_DAY = 170;
/** From the first day to the last. */
const GROWTH = [0.75, 1.25] as const;
/** Sunday first. */
const OF_WEEKDAY = [0.85, 1.1, 1.15, 1.1, 1.05, 0.95, 0.8] as const;
/** By the UTC hour: few at night, most in the evening. */
const OF_HOUR = [3, 2, 1, 1, 1, 2, 4, 6, 7, 8, 8, 8, 9, 8, 8, 8, 9, 10, 12, 13, 13, 11, 8, 5] as const;
/** As an isolate collects them in a moment. */
const CLICKS_OF_MESSAGE = 20;
const MICROS = 1_000_000;
const CENT = 10_000;
const BOT_SHARE = 0.03;
const TWICE_SHARE = 0.02;
const LOST_SHARE = 0.01;
const REFUSED_SHARE = 0.006;
const CLAIM_SHARE = 0.03;
const COUPON_SHARE = 0.2;
/** What the door leaves a postback's click: it has landed in the log. */
const NEWEST_MS = 5 * MINUTE_MS;

/** Draws what came in the ninety days before `atMs`. */
export function drawHistory(atMs: number, numbersOf: (link: string) => Numbers, ring: KeyRing): History {
  const random = seededRandom(SEED);
  const drawn: Drawn = { random, untilMs: atMs - NEWEST_MS, postbacks: [], refusals: [], orders: 100_000 };
  const fromMs = atMs - HISTORY_DAYS * DAY_MS;
  const clicks: LoggedClick[] = [];
  for (let day = 0; day <= HISTORY_DAYS; day++)
    for (const atMsOfClick of timesOfDay(random, fromMs, day)) {
      const link = drawLink(random, HISTORY_DAYS - day);
      const numbers = numbersOf(link.slug);
      const click = drawClick(random, link, numbers, atMsOfClick, clicks.length, ring);
      // Drawn all the same, so that those before it do not hang on when the day ends.
      if (atMsOfClick > drawn.untilMs) continue;
      clicks.push(click);
      if (click.userAgent !== BOT && random.next() * 100 < link.offer.percent * link.affiliate.quality)
        tell(drawn, link, numbers, click.clickId, atMsOfClick + random.whole(1, 90) * MINUTE_MS);
    }
  clicks.sort((one, other) => (one.clickId < other.clickId ? -1 : 1));
  drawn.postbacks.sort((one, other) => one.receivedAtMs - other.receivedAtMs);
  return { clicks: messagesOf(clicks), postbacks: drawn.postbacks, refusals: drawn.refusals };
}

function messagesOf(clicks: readonly LoggedClick[]): ClicksMessage[] {
  const messages: ClicksMessage[] = [];
  for (let from = 0; from < clicks.length; from += CLICKS_OF_MESSAGE)
    messages.push({ kind: "clicks", clicks: clicks.slice(from, from + CLICKS_OF_MESSAGE) });
  return messages;
}

function timesOfDay(random: Random, fromMs: number, day: number): number[] {
  const beginMs = fromMs - (fromMs % DAY_MS) + day * DAY_MS;
  const growth = GROWTH[0] + ((GROWTH[1] - GROWTH[0]) * day) / HISTORY_DAYS;
  const weekday = OF_WEEKDAY[new Date(beginMs).getUTCDay()] ?? 1;
  const count = Math.round(CLICKS_OF_DAY * growth * weekday * (0.9 + random.next() * 0.2));
  const times = Array.from(
    { length: count },
    () => beginMs + drawWeighted(random, OF_HOUR) * HOUR_MS + random.whole(0, HOUR_MS - 1),
  );
  return times.filter((timeMs) => timeMs >= fromMs).sort((one, other) => one - other);
}

/** A place in the list, by the weights. */
function drawWeighted(random: Random, weights: readonly number[]): number {
  let left = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
  return Math.max(
    0,
    weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    }),
  );
}

function drawLink(random: Random, daysAgo: number): BusyLink {
  const weights = BUSINESS.map(({ affiliate: { weight, lastDays = HISTORY_DAYS } }) =>
    daysAgo > lastDays ? 0 : weight,
  );
  return BUSINESS[drawWeighted(random, weights)] ?? BUSINESS[0];
}

function drawClick(
  random: Random,
  { affiliate }: BusyLink,
  numbers: Numbers,
  issuedAtMs: number,
  counter: number,
  ring: KeyRing,
): LoggedClick {
  const { link, ...place } = numbers;
  const isBot = random.next() < BOT_SHARE;
  const userAgent = isBot ? BOT : random.pick(BROWSERS);
  const { device, system } = classifyDevice(userAgent);
  return {
    clickId: issueClickId(ring, { issuedAtMs, link, counter, test: false, provisional: false }),
    ...place,
    country: random.pick(affiliate.countries),
    device,
    os: system,
    userAgent,
    referrer: affiliate.referrer,
    ...(affiliate.paidBy && { externalId: drawText(random, 22), externalKind: affiliate.paidBy }),
    subs: [random.pick(affiliate.campaigns), `creative-${random.whole(1, 6)}`],
    visitor: drawText(random, 20),
  };
}

function drawText(random: Random, length: number): string {
  const bytes = Uint8Array.from({ length: Math.ceil((length * 5) / 8) }, () => random.whole(0, 255));
  return encodeBase32(bytes, length);
}

interface Drawn {
  random: Random;
  /** What would come later has not come yet. */
  untilMs: number;
  postbacks: PostbackMessage[];
  refusals: RefusalMessage[];
  /** How many orders there were. */
  orders: number;
}

/** Posts what its advertiser says of it at that time; nothing where that lies ahead. */
type Post = (atMs: number, content: PostbackContent, channel?: "get" | "pixel") => void;

/** What begins with a click. */
interface Begun {
  post: Post;
  txid: string;
  clickId: string;
  atMs: number;
}

const COURSES: Record<Course, (random: Random, link: BusyLink, begun: Begun) => void> = {
  shop: tellSale,
  subscription: tellSubscription,
  account: tellAccount,
};

/** What becomes of one click: an order, a subscription or an account. */
function tell(drawn: Drawn, link: BusyLink, numbers: Numbers, clickId: string, atMs: number): void {
  const { random } = drawn;
  const txid = `${link.offer.orders}-${++drawn.orders}`;
  const post = posting(drawn, link, numbers.advertiser);
  COURSES[link.offer.course](random, link, { post, txid, clickId, atMs });
}

function posting(drawn: Drawn, link: BusyLink, advertiser: number): Post {
  const { random } = drawn;
  return (atMs, content, channel = "get") => {
    const message: PostbackMessage = {
      kind: "postback",
      receipt: `0${drawText(random, 25)}`,
      advertiser,
      receivedAtMs: atMs,
      channel,
      ...(channel === "get" && { credentialVersion: 1 }),
      content,
    };
    const again = { ...message, receipt: `0${drawText(random, 25)}`, receivedAtMs: atMs + MINUTE_MS };
    const isTwice = random.next() < TWICE_SHARE;
    const isRefused = random.next() < REFUSED_SHARE;
    if (atMs > drawn.untilMs) return;
    drawn.postbacks.push(message);
    if (isTwice && again.receivedAtMs < drawn.untilMs) drawn.postbacks.push(again);
    if (isRefused) drawn.refusals.push(refusal(again, link));
  };
}

/** The same as it was first sent: with a token that was not right. */
function refusal({ receipt, advertiser, receivedAtMs, content }: PostbackMessage, { offer }: BusyLink): RefusalMessage {
  const { event = "", txid = "" } = content;
  return {
    ...{ kind: "refusal", receipt: `0${receipt.slice(1).split("").reverse().join("")}`, advertiser, receivedAtMs },
    ...{ channel: "get", reason: "bad_token", stranger: true, event, txid },
    params: { event, txid, currency: offer.currency },
  };
}

function tellSale(random: Random, { offer, affiliate }: BusyLink, { post, txid, clickId, atMs }: Begun): void {
  const cents = random.whole(offer.from * 100, offer.to * 100);
  const coupon = COUPONS.find((one) => one.offer === offer && one.affiliate === affiliate);
  const isByCoupon = coupon !== undefined && random.next() < COUPON_SHARE;
  const isLost = random.next() < LOST_SHARE;
  const named: PostbackContent = isByCoupon ? { coupon: coupon.code } : isLost ? {} : { clickId };
  const sale: PostbackContent = {
    ...named,
    event: "sale",
    txid,
    amountMicros: cents * CENT,
    currency: offer.currency,
    customer: random.next() < 0.7 ? "new" : "returning",
  };
  if (offer.advertiser === PIXEL_ADVERTISER && random.next() < CLAIM_SHARE) {
    post(atMs, { clickId, event: "sale", txid, amountMicros: cents * CENT, currency: offer.currency }, "pixel");
    return;
  }
  if (offer.events.length > 1 && random.next() < 0.35)
    post(atMs - MINUTE_MS / 2, { clickId, event: "newsletter", txid: `${txid}-news` });
  const fate = random.next();
  const laterMs = atMs + (offer.approvedAfterDays + random.next()) * DAY_MS;
  if (offer.approvedAfterDays === 0) post(atMs, { ...sale, status: "approved" });
  else {
    post(atMs, { ...sale, status: "pending" });
    post(Math.floor(laterMs), { ...named, event: "sale", txid, status: fate < 0.08 ? "rejected" : "approved" });
  }
  if (fate < 0.08) return;
  const refundMs = Math.floor(laterMs + random.whole(1, 12) * DAY_MS);
  const back: PostbackContent = { ...named, event: "sale", txid, status: "reversed" };
  if (fate < 0.12) post(refundMs, back);
  else if (fate < 0.16) {
    const part = { amountMicros: Math.round(cents * (0.2 + random.next() * 0.5)) * CENT, refundId: `${txid}-back` };
    post(refundMs, { ...back, ...part });
  }
}

const MONTH_MS = 30 * DAY_MS;

/** A trial of a week, which less than half outlive; then a month after the other. */
function tellSubscription(random: Random, { offer, affiliate }: BusyLink, { post, txid, clickId, atMs }: Begun): void {
  post(atMs, { clickId, event: "trial", txid: `${txid}-trial`, customer: "new" });
  if (random.next() > 0.38 * affiliate.quality) return;
  const beganMs = atMs + 7 * DAY_MS + random.whole(0, 6 * 60) * MINUTE_MS;
  const amountMicros = offer.from * MICROS - CENT;
  const paid = { clickId, amountMicros, currency: offer.currency };
  post(beganMs, { ...paid, event: "activation", txid, customer: "new" });
  for (let month = 1; month <= 3; month++) {
    if (random.next() < (month === 1 ? 0.25 : 0.12)) return;
    const renewedMs = beganMs + month * MONTH_MS + random.whole(0, 120) * MINUTE_MS;
    post(renewedMs, { ...paid, event: "renewal", txid: `${txid}-m${month}`, customer: "returning" });
    if (random.next() < 0.03)
      post(renewedMs + DAY_MS, { clickId, event: "renewal", txid: `${txid}-m${month}`, status: "reversed" });
  }
}

/** A lead, of which some become an account, which the bank looks at for weeks. */
function tellAccount(random: Random, { offer }: BusyLink, { post, txid, clickId, atMs }: Begun): void {
  post(atMs, { clickId, event: "lead", txid: `${txid}-lead` });
  if (random.next() > 0.5) return;
  const openedMs = atMs + random.whole(6, 96) * HOUR_MS;
  const account: PostbackContent = { clickId, event: "account", txid, customer: "new" };
  post(openedMs, { ...account, status: "pending" });
  const isTaken = random.next() < 0.75;
  post(openedMs + offer.approvedAfterDays * DAY_MS, { ...account, status: isTaken ? "approved" : "rejected" });
}
