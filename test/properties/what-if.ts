/**
 * Rules that were otherwise: over random histories, a what-if whose rules change nothing finds nothing; one with other rules says what a system would hold that had them from the
 * start; everybody's price leaves alone whoever had one of its own when a message was received; what is applied of it leaves the books so, with nothing of their accounts changed but what is added; and applied again, or after something changed, it does nothing.
 */
import fc from "fast-check";
import type { PostbackMessage } from "../../schema/messages.ts";
import type { Cap } from "../../schema/tables.ts";
import { type Random, seededRandom } from "../../scripts/random.ts";
import { type Command, makeCommand, type ReadClick } from "../../workers/core/books/command.ts";
import { bookedTotals, type Conversion } from "../../workers/core/books/conversion.ts";
import type { OwnPrice } from "../../workers/core/books/prices-from.ts";
import type { EventTerms, LinkTerms } from "../../workers/core/books/set-up.ts";
import { readClickId } from "../../workers/core/click-id.ts";
import type { KeyRing } from "../../workers/core/key-ring.ts";
import type { RulesHere } from "../../workers/core/what-if/amended-command.ts";
import type { ChangedFamily } from "../../workers/core/what-if/look-under-rules.ts";
import { type EventRules, movesPlaces, type OtherRules, underRules } from "../../workers/core/what-if/other-rules.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { createTables, pageOfConversions, pageOfMessages } from "../../workers/ledger/object-storage.ts";
import { denseHistories, histories } from "../ledger/histories.ts";
import { ObjectStorage } from "../ledger/sqlite-platform.ts";
import { DAY_MS, type IssuedClick, issueClicks, LINKS, START_MS, setUpOn, testKeyRing } from "../ledger/world.ts";
import { amendingCommand, anyPrice, drawRules, look, rulesHere } from "./amending.ts";

const MESSAGES = 30;
const ADVERTISERS = [1, 2];
const APPLIED_MS = START_MS + 200 * DAY_MS;

type Links = ReadonlyMap<number, LinkTerms>;

/** What the ledger does with the messages of one advertiser. */
interface Books {
  sql: ObjectStorage;
  settle(messages: readonly PostbackMessage[], batch: number): void;
  decide(commands: readonly Command[]): void;
}

export async function prepareWhatIf(): Promise<(seed: number) => Promise<void>> {
  const ring = await testKeyRing();
  const clicks = await issueClicks(ring);
  return async (seed) => {
    const random = seededRandom(seed);
    const drawn = seed % 2 === 0 ? histories(clicks, MESSAGES) : denseHistories(clicks, MESSAGES);
    const history = fc.sample(drawn, { seed, numRuns: 1 })[0] ?? [];
    for (const advertiser of ADVERTISERS) {
      const own = history.filter((one) => one.advertiser === advertiser);
      holdOne(ring, clicks, own, random);
      holdOwn(ring, own, random);
    }
  };
}

function holdOne(ring: KeyRing, clicks: IssuedClick[], history: readonly PostbackMessage[], random: Random): void {
  const hasCaps = random.next() < 0.4;
  const hasMoments = random.next() < 0.5;
  const links = new Map(
    [...LINKS].map(([number, link]) => [
      number,
      {
        ...link,
        reviewFirst: 0,
        caps: hasCaps ? capsOf(link, random) : [],
        events: hasMoments ? link.events.map((event) => pricedByMoments(event, history, random)) : link.events,
      },
    ]),
  );
  const rules = drawRules(links, random);
  // Who gets a place is told by arrival: there, messages arrive as they are received.
  const isOrdered = hasCaps || movesPlaces(rules);
  const inOrder = history.toSorted(byReceipt);
  const sent = isOrdered ? inOrder : shuffled(history, random);
  const batch = 1 + Math.floor(random.next() * 7);
  const real = openBooks(ring, links);
  real.settle(sent, batch);
  const fresh = openBooks(ring, new Map([...links].map(([number, link]) => [number, underRules(rules, link)])), links);
  fresh.settle(sent, batch);
  const words = isOrdered ? [] : operatorsWords(real, fresh, random);
  for (const books of [real, fresh]) books.settle(words, 1);
  const here = rulesHere(rules, links);
  check(look(real, rulesHere({ offers: {} }, links)).length === 0, "rules that say nothing change something");
  // Of what was priced by moments no one price says all.
  if ((!isOrdered || !hasCaps) && !hasMoments)
    check(
      look(real, rulesHere(restated(links), links)).length === 0,
      "rules that are those of the set-up change something",
    );
  const families = look(real, here);
  const expected = told(attributed(fresh));
  same(
    told(afterLook(real, families)),
    expected,
    `the what-if says another thing than a system with ${JSON.stringify(rules)} holds`,
  );
  apply(real, families, random, clicks, expected, here);
}

const MESSAGE = { kind: "postback", receipt: "0zzzzzzzzzzzzzzzzzzzzzzzzz", channel: "get" } as const;

/** Applied, with something said in between or not, and applied again. */
function apply(
  real: Books,
  families: readonly ChangedFamily[],
  random: Random,
  clicks: IssuedClick[],
  expected: string[],
  here: RulesHere,
): void {
  const late = random.next() < 0.3 ? families[0]?.differences[0]?.before : undefined;
  if (late) {
    const clickId = clicks.find(({ click }) => click.link === late.click.link)?.id ?? "";
    const message = {
      ...MESSAGE,
      advertiser: late.advertiser,
      receivedAtMs: APPLIED_MS - 1,
      content: {
        clickId,
        event: late.event,
        ...(late.txid === null ? {} : { txid: late.txid }),
        status: "reversed" as const,
      },
    };
    real.settle([message], 1);
  }
  const before = new Map(all(real).map((one) => [one.id, one]));
  const carriers = families.map((family, index) => amendingCommand(family, index, APPLIED_MS));
  real.decide(carriers);
  const after = all(real);
  for (const one of after) {
    const old = before.get(one.id)?.entries ?? [];
    same(
      one.entries.slice(0, old.length).map((entry) => JSON.stringify(entry)),
      old.map((entry) => JSON.stringify(entry)),
      "an account was written over",
    );
    check(one.entries.length <= old.length + 1, "an amendment left two entries");
    const added = one.entries.slice(old.length);
    check(
      added.every(({ kind, note }) => kind === "adjustment" && note === "ann: what-if 7: dearer"),
      "an entry does not say what it is",
    );
  }
  if (!late) same(told(attributed(real)), expected, "what is applied is not what was looked at");
  const stood = JSON.stringify(all(real));
  real.decide(carriers);
  // Another word of the same, as by somebody who had the page open.
  real.decide(carriers.map((command) => ({ ...command, receipt: `1${command.receipt.slice(1)}` })));
  check(JSON.stringify(all(real)) === stood, "what is applied twice changes something");
  const changed = pageOfMessages(real.sql, "", 10_000)
    .filter(({ outcome }) => outcome.reason === "changed_since")
    .map(({ command }) => command.receipt);
  const left = families.filter((_, index) => changed.includes(carriers[index]?.receipt ?? ""));
  if (late) check(left.length <= 2, "more is left out than changed");
  else check(left.length === 0, "something is left out");
  if (!late && !here.givesPlaces) check(look(real, here).length === 0, "what is applied differs still");
}

/** `ofHistory` is what another tracker's history, which no rules are for, was taken in by. */
function openBooks(ring: KeyRing, links: Links, ofHistory = links): Books {
  const sql = new ObjectStorage();
  createTables(sql);
  const decide = (commands: readonly Command[]) => {
    const { decided } = sql.transaction(() => decideShare(sql, structuredClone(commands), APPLIED_MS));
    for (const one of decided) if ("error" in one) throw new Error(one.error);
  };
  return {
    sql,
    decide,
    settle(messages, batch) {
      for (let from = 0; from < messages.length; from += batch)
        decide(
          messages.slice(from, from + batch).map((message) =>
            makeCommand(message, readClick(ring, message), {
              ...setUpOn(message),
              links: new Map(message.content.history ? ofHistory : links),
            }),
          ),
        );
    },
  };
}

function readClick(ring: KeyRing, { content: { clickId, history } }: PostbackMessage): ReadClick {
  if (clickId === undefined || history) return null;
  const read = readClickId(ring, clickId);
  return read.ok ? read.value : "unknown";
}

function all({ sql }: Books): Conversion[] {
  return pageOfConversions(sql, "", 10_000).map(({ conversion }) => conversion);
}

/** Those that some message made: others are what is left of them, worth nothing. */
function attributed(books: Books): Conversion[] {
  const made = new Set(
    pageOfMessages(books.sql, "", 10_000).flatMap(({ outcome }) =>
      outcome.status === "attributed" ? (outcome.conversion ?? []) : [],
    ),
  );
  const [own, others] = [all(books).filter(({ id }) => made.has(id)), all(books).filter(({ id }) => !made.has(id))];
  for (const one of others)
    check(JSON.stringify(bookedTotals(one)) === NOTHING, "what nothing leads to is worth something");
  return own;
}

const NOTHING = JSON.stringify({ amount: 0, revenue: 0, payout: 0 });

function afterLook(books: Books, families: readonly ChangedFamily[]): Conversion[] {
  const differences = families.flatMap((family) => family.differences);
  const gone = new Set(differences.map(({ before }) => before?.id));
  const lost = (one: Conversion) =>
    one.status === "rejected" &&
    one.entries.at(-1)?.kind === "adjustment" &&
    JSON.stringify(bookedTotals(one)) === NOTHING;
  return [
    ...attributed(books).filter(({ id }) => !gone.has(id)),
    ...differences.map(({ after }) => after).filter((one) => !lost(one)),
  ];
}

/** What everybody is told of conversions, whatever they are called; one that is worth nothing and rejected may be what another one is lost as. */
function told(conversions: readonly Conversion[]): string[] {
  return conversions
    .filter((one) => !(one.status === "rejected" && one.hold === null && JSON.stringify(bookedTotals(one)) === NOTHING))
    .map((one) =>
      JSON.stringify([
        one.event,
        one.test,
        one.txid,
        one.click.clickId.slice(0, 12) === "by-a-coupon:" ? "coupon" : one.click.clickId,
        one.click.link,
        one.status,
        one.hold?.state ?? "",
        one.hold?.reason ?? "",
        bookedTotals(one),
      ]),
    )
    .sort();
}

/** The rules of the set-up itself, said again, but for caps. */
function restated(links: Links): OtherRules {
  const offers: OtherRules["offers"] = {};
  for (const link of links.values())
    offers[link.offer] = {
      windowDays: link.windowDays,
      events: Object.fromEntries(
        link.events.map((event): [string, EventRules] => [
          event.name,
          {
            revenue: event.revenue,
            digits: event.digits,
            repeat: event.repeat,
            ...(event.windowDays === null ? {} : { windowDays: event.windowDays }),
            affiliates: Object.fromEntries(
              [...links.values()].flatMap((other) => {
                const own = other.offer === link.offer && other.events.find(({ name }) => name === event.name);
                return own ? [[other.affiliate, { payout: own.payout }]] : [];
              }),
            ),
          },
        ]),
      ),
    };
  return { offers };
}

function capsOf(link: LinkTerms, _random: Random): Cap[] {
  const [first] = link.events;
  return first ? [{ event: "sale", per: link.offer === 1 ? "month" : "day", limit: 1 + (link.offer % 3) }] : [];
}

/** A moment about that of one of the messages, most of which come in the first minutes. */
function momentOf(history: readonly PostbackMessage[], random: Random): number {
  const { receivedAtMs = START_MS } = history[Math.floor(random.next() * history.length)] ?? {};
  return receivedAtMs + Math.floor(random.next() * 3) - 1;
}

/** The event with other prices from later moments on, within the time of the histories. */
function pricedByMoments(event: EventTerms, history: readonly PostbackMessage[], random: Random): EventTerms {
  if (random.next() < 0.3) return event;
  const moments = Array.from({ length: 1 + Math.floor(random.next() * 3) }, () => momentOf(history, random));
  const later = moments
    .toSorted((left, right) => left - right)
    .map((fromMs, index) => ({
      fromMs,
      payout: anyPrice(random),
      revenue: random.next() < 0.3 ? ("posted" as const) : anyPrice(random),
      digits: random.next() < 0.3 ? Math.floor(random.next() * 5) : event.digits,
      version: event.version + index + 1,
      override: random.next() < 0.4 ? ownPrice(random) : event.override,
    }));
  return { ...event, later };
}

function ownPrice(random: Random): OwnPrice {
  return { affiliate: "mag", version: 1, hasPayout: random.next() < 0.7, hasRevenue: random.next() < 0.4 };
}

/** The event at everybody's one price, which never changed, while what its affiliate had of its own came and went. */
function ownByMoments(event: EventTerms, history: readonly PostbackMessage[], random: Random): EventTerms {
  const moments = Array.from({ length: 3 }, () => momentOf(history, random));
  const later = moments
    .toSorted((left, right) => left - right)
    .map((fromMs) => {
      const override = random.next() < 0.6 ? ownPrice(random) : null;
      return {
        fromMs,
        payout: override?.hasPayout ? anyPrice(random) : event.payout,
        revenue: override?.hasRevenue ? anyPrice(random) : event.revenue,
        digits: event.digits,
        version: event.version,
        override,
      };
    });
  return { ...event, override: null, later };
}

/** Everybody's prices, said once more, change nothing: neither of whoever had no price of its own, nor of whoever had one when the message was received, whatever it has by now. */
function holdOwn(ring: KeyRing, history: readonly PostbackMessage[], random: Random): void {
  const everybodys = new Map<string, EventTerms>();
  for (const { offer, events } of LINKS.values())
    for (const event of events) if (event.override === null) everybodys.set(`${offer}/${event.name}`, event);
  const links = new Map(
    [...LINKS].map(([number, link]) => {
      const events = link.events.map((event) =>
        ownByMoments(everybodys.get(`${link.offer}/${event.name}`) ?? event, history, random),
      );
      return [number, { ...link, reviewFirst: 0, caps: [], events }];
    }),
  );
  const books = openBooks(ring, links);
  books.settle(shuffled(history, random), 1 + Math.floor(random.next() * 7));
  const offers: OtherRules["offers"] = {};
  for (const { offer, events } of links.values())
    offers[offer] = {
      events: Object.fromEntries(events.map(({ name, payout, revenue }) => [name, { payout, revenue }])),
    };
  check(
    look(books, rulesHere({ offers }, links)).length === 0,
    "everybody's prices, said again, change what somebody had of its own when it was received",
  );
}

/** What an operator says of conversions that are called alike in both. */
function operatorsWords(books: Books, others: Books, random: Random): PostbackMessage[] {
  const acts = [{ act: "hold" }, { act: "release" }, { status: "approved" }, { status: "rejected" }] as const;
  const alike = new Map(all(others).map(({ id, base }) => [id, base.receipt]));
  return all(books)
    .filter(({ id, base, imported }) => imported === null && alike.get(id) === base.receipt && random.next() < 0.3)
    .map((one, index): PostbackMessage => {
      const word = acts[Math.floor(random.next() * acts.length)] ?? acts[0];
      return {
        kind: "postback",
        receipt: `0b${String(index).padStart(15, "0")}000000001`,
        named: true,
        advertiser: one.advertiser,
        receivedAtMs: START_MS + 120 * DAY_MS + index,
        channel: "console",
        content: "status" in word ? { status: word.status } : {},
        correction: { by: "ann", note: "seen", conversion: one.id, ...("act" in word ? { act: word.act } : {}) },
      };
    });
}

function byReceipt(left: PostbackMessage, right: PostbackMessage): number {
  return (
    left.receivedAtMs - right.receivedAtMs ||
    (left.row ?? 0) - (right.row ?? 0) ||
    (left.receipt < right.receipt ? -1 : 1)
  );
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  return items
    .map((item) => ({ item, at: random.next() }))
    .sort((left, right) => left.at - right.at)
    .map(({ item }) => item);
}

function same(found: readonly string[], wanted: readonly string[], what: string): void {
  const missing = without(wanted, found);
  const extra = without(found, wanted);
  check(
    JSON.stringify(found) === JSON.stringify(wanted),
    `${what}:\nlacks ${missing.join("\n      ")}\nhas   ${extra.join("\n      ")}`,
  );
}

/** Those of `all` that are not among `others`, each as often as it is there more. */
function without(all: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return all.filter((one) => {
    const place = left.indexOf(one);
    if (place === -1) return true;
    left.splice(place, 1);
    return false;
  });
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}
