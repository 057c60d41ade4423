/**
 * A message as other rules have it. What its command would be under the set-up of its time, as far as the command itself tells that, and what it would be with the rules, are
 * both made by the function that makes commands; what differs between the two is taken over, and all else stays as it is stored. So rules that change nothing change nothing.
 */
import type { PostbackContent, PostbackMessage } from "../../../schema/messages.ts";
import { asSent } from "../books/claims.ts";
import { type Command, makeCommand, type ReadClick } from "../books/command.ts";
import { couponNamed } from "../books/coupons.ts";
import { claimedKey, type EventTerms, type LinkTerms, pricedAt, ratesKey, type SetUp } from "../books/set-up.ts";
import type { Terms } from "../books/terms.ts";
import { peekClickId } from "../click-id.ts";
import type { Dialect } from "../postback/dialect.ts";
import { utcDay } from "../rates/rate.ts";
import { amendedRuleInWords, type OtherRules, statedFor, underRules } from "./other-rules.ts";
import { readAgain } from "./read-again.ts";

/** The rules with what is needed to hold a message against them. */
export interface RulesHere {
  rules: OtherRules;
  /** What entries call them. */
  label: string;
  /** The set-up as it is, by link number: of all links that the messages lead to. */
  links: ReadonlyMap<number, LinkTerms>;
  /** Of the rules' mapping; null where they have none. */
  dialect: Dialect | null;
  /** True where places under caps are given anew: a message that had none is judged as if it had asked for none. */
  givesPlaces: boolean;
}

/** What only the set-up as it was then tells: it stays as it was judged. */
const JUDGED_OTHERWISE: readonly unknown[] = ["occurred_in_future", "before_click", "too_soon"];

/** The command as the rules have it; the very same one where they say nothing of it. Another tracker's history is closed. */
export function amendedCommand(stored: Command, here: RulesHere): Command {
  const { content, bar } = stored;
  if (content.history || stored.amendment) return stored;
  if (bar?.reason === "unknown_link" || bar?.reason === "foreign_click") return stored;
  if (stored.correction) return withTermsOfPlace(stored, here);
  const word = asSent(stored);
  const read = here.dialect && speaksMapped(word) ? readAgain(content, here.dialect) : content;
  const click = clickOf(word);
  const readNow = readClick(word, read, click);
  const [before, after] = [linksThen(word, linksOf(word, readNow, here.links)), new Map<number, LinkTerms>()];
  for (const [number, link] of before) after.set(number, underRules(here.rules, link));
  const [then, now] = [
    makeCommand(messageOf(word, content), click, setUpOf(word, content, before)),
    makeCommand(messageOf(word, read), readNow, setUpOf(word, read, after)),
  ];
  const amended = nameRule(judgedAnew(takeOver(word, then, now), now, here), word, here);
  return isSame(amended, word) ? stored : amended;
}

/** An advertiser's mapping is of what it sends itself, or has its pages say. Shops' webhooks and other trackers have words of their own. */
function speaksMapped({ channel }: Command): boolean {
  return channel !== "console" && !channel.startsWith("webhook:") && !channel.startsWith("tracker:");
}

/** What an operator says of a conversion has the terms of that. */
function withTermsOfPlace(stored: Command, here: RulesHere): Command {
  const { click, event, terms } = stored;
  const link = click && here.links.get(click.link);
  const found = link?.events.find(({ name }) => name === event);
  if (!link || !found || !terms) return stored;
  const { caps: _, windowDays: __, ...stated } = statedFor(here.rules, link, pricedAt(found, stored.receivedAtMs));
  return isSame({ ...terms, ...stated }, terms) ? stored : { ...stored, terms: { ...terms, ...stated } };
}

/** Windows and caps that the rules state count, whatever they were. */
function judgedAnew(amended: Command, now: Command, { rules, links, givesPlaces }: RulesHere): Command {
  const place = now.coupon ?? now;
  const link = place.click && links.get(place.click.link);
  const event = link?.events.find(({ name }) => name === place.event);
  const own = amended.verdict === "over_cap" && givesPlaces && link ? { ...amended, verdict: null } : amended;
  if (!link || !event) return own;
  const { windowDays, caps } = statedFor(rules, link, event);
  const isTimely = windowDays !== undefined && !JUDGED_OTHERWISE.includes(own.verdict);
  const verdict = isTimely && (own.verdict !== "over_cap" || now.verdict) ? now.verdict : own.verdict;
  return { ...own, verdict, ...(caps === undefined ? {} : { caps: now.caps }) };
}

/** Terms that are other ones are called by the rules. */
function nameRule(amended: Command, before: Command, here: RulesHere): Command {
  const named = (
    terms: Terms | null,
    was: Terms | null | undefined,
    event: string | null,
    link: number | undefined,
  ) => {
    const place = link === undefined ? undefined : here.links.get(link);
    if (!terms || !place || event === null) return terms;
    const { rule: _, ...own } = terms;
    const { rule: __, ...old } = was ?? terms;
    if (was && isSame(own, old)) return isSame(terms, was) ? terms : { ...terms, rule: was.rule };
    return { ...terms, rule: amendedRuleInWords(here.label, place, event, terms) };
  };
  const { coupon } = amended;
  return {
    ...amended,
    terms: named(amended.terms, before.terms, amended.event, amended.click?.link),
    coupon: coupon && { ...coupon, terms: named(coupon.terms, before.coupon?.terms, coupon.event, coupon.click.link) },
  };
}

/** The message that the command was made of, as it said `content`. */
function messageOf(command: Command, content: PostbackContent): PostbackMessage {
  const { receipt, advertiser, receivedAtMs, row, channel, ruling } = command;
  return {
    kind: "postback",
    receipt,
    advertiser,
    receivedAtMs,
    row,
    channel,
    content,
    ...(ruling
      ? { ruling: { by: ruling.by, note: ruling.note, claim: ruling.claim, ...(ruling.dismiss && { dismiss: true }) } }
      : {}),
  };
}

/** What its click ID said: where it was attributed, the command has it. */
function clickOf({ click, content, test }: Command): ReadClick {
  if (click) return { issuedAtMs: click.clickedAtMs, link: click.link, counter: 0, test, provisional: false };
  return content.clickId === undefined ? null : "unknown";
}

/** The same of what is read now. Whether a click is ours only the ledger knows, which looks once more. */
function readClick({ content }: Command, read: PostbackContent, click: ReadClick): ReadClick {
  if (read.clickId === content.clickId) return click;
  return read.clickId === undefined ? null : (peekClickId(read.clickId) ?? "unknown");
}

/** The links that it may lead to. */
function linksOf(word: Command, click: ReadClick, links: ReadonlyMap<number, LinkTerms>): Map<number, LinkTerms> {
  const numbers = [
    word.click?.link,
    word.coupon?.click.link,
    click === null || click === "unknown" ? undefined : click.link,
    ...word.claimed.map(({ link }) => link),
  ];
  return new Map(
    numbers.flatMap((number) => {
      const link = number === undefined ? undefined : links.get(number);
      return number === undefined || !link ? [] : [[number, link]];
    }),
  );
}

/**
 * These links, with the prices that it was given, and of other events with those that counted when it was received: none by later moments, which would come before what rules say. The
 * rest as the set-up is, less what holds conversions for reasons that no sale has.
 */
function linksThen(word: Command, links: ReadonlyMap<number, LinkTerms>): Map<number, LinkTerms> {
  const then = new Map<number, LinkTerms>();
  for (const [number, link] of links) {
    const given = [word, ...(word.coupon ? [word.coupon] : [])].filter(({ click }) => click?.link === number);
    const events = link.events.map((event) => {
      const own = given.find((one) => one.event === event.name)?.terms;
      return { ...pricedAt(event, word.receivedAtMs), ...(own && pricesOf(own)), review: "none" as const };
    });
    const own = given[0]?.terms;
    const { maxAmountMicros = link.maxAmountMicros } = own ?? {};
    const otherCurrencies = own ? (own.otherCurrencies ?? "reject") : link.otherCurrencies;
    then.set(number, { ...link, minSeconds: 0, inReview: false, maxAmountMicros, otherCurrencies, events });
  }
  return then;
}

function pricesOf({ payout, revenue, repeat, restate, digits }: Terms): Partial<EventTerms> {
  return { payout, revenue, repeat, restate, ...(digits === undefined ? {} : { digits }) };
}

function setUpOf(word: Command, content: PostbackContent, links: Map<number, LinkTerms>): SetUp {
  const { advertiser, receivedAtMs, rates, coupon, claimed, txid, channel } = word;
  const key = couponNamed({ kind: "postback", receipt: word.receipt, advertiser, channel, receivedAtMs, content });
  const named = key !== null && coupon ? [{ number: 0, link: coupon.click.link, fromMs: null, untilMs: null }] : [];
  return {
    links,
    credentials: new Map(),
    coupons: new Map(key === null ? [] : [[key, named]]),
    rates: new Map([[ratesKey(advertiser, content.currency ?? "", utcDay(receivedAtMs)), rates]]),
    ...(txid === null || claimed.length === 0 ? {} : { claimed: new Map([[claimedKey(advertiser, txid), claimed]]) }),
  };
}

type Tree = Readonly<Record<string, unknown>>;

/** `own` with what differs between `then` and `now`; what it is held for only where that was what `then` says. */
function takeOver(own: Command, then: Command, now: Command): Command {
  const hold = isSame(then.hold, now.hold) || own.hold !== then.hold ? own.hold : now.hold;
  const merged = Object.fromEntries(
    Object.entries(own).map(([name, value]) => [name, taken(value, entry(then, name), entry(now, name))]),
  );
  return { ...own, ...merged, hold };
}

function taken(own: unknown, then: unknown, now: unknown): unknown {
  if (isSame(then, now)) return own;
  if (!isTree(own) || !isTree(then) || !isTree(now)) return now;
  const names = new Set([...Object.keys(own), ...Object.keys(now)]);
  const pairs = [...names].map((name) => [name, taken(own[name], then[name], now[name])]);
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
}

function entry(command: Command, name: string): unknown {
  return new Map<string, unknown>(Object.entries(command)).get(name);
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
