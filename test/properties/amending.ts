/** What-ifs among everything else: rules are drawn, what an advertiser's object holds is looked at under them, and what differs is said to the ledger as amendments. */
import type { PostbackMessage } from "../../schema/messages.ts";
import type { Random } from "../../scripts/random.ts";
import { type Command, makeCommand } from "../../workers/core/books/command.ts";
import type { LinkTerms } from "../../workers/core/books/set-up.ts";
import type { PricingRule } from "../../workers/core/pricing.ts";
import type { RulesHere } from "../../workers/core/what-if/amended-command.ts";
import {
  amendAll,
  amendmentOf,
  type ChangedFamily,
  type LookedSubject,
  lookAt,
  placesOf,
} from "../../workers/core/what-if/look-under-rules.ts";
import { type EventRules, movesPlaces, type OtherRules } from "../../workers/core/what-if/other-rules.ts";
import { capStates } from "../../workers/ledger/object-caps.ts";
import { pageOfConversions, pageOfMessages } from "../../workers/ledger/object-storage.ts";
import type { ObjectStorage } from "../ledger/sqlite-platform.ts";

/** More than any history has. */
const ALL = 10_000;

/** What an object that holds these books comes to otherwise under the rules. */
export function look({ sql }: { sql: ObjectStorage }, here: RulesHere): ChangedFamily[] {
  const subject = {
    messages: pageOfMessages(sql, "", ALL),
    conversions: pageOfConversions(sql, "", ALL).map(({ conversion }) => conversion),
    isMeant: (command: Command) => command.amendment === null,
  };
  const places = placesOf(subject, amendAll(subject, here));
  const whole: LookedSubject = { ...subject, taken: capStates(sql, places) };
  return lookAt(whole, here, (pairs) => amendingCommand({ pairs, seen: "", differences: [], leftOut: null }, 0, 0));
}

/** The operator's word on a family that is looked at; `index` tells it from others. */
export function amendingMessage(family: ChangedFamily, index: number, atMs: number): PostbackMessage {
  const amendment = amendmentOf(family, { by: "ann", note: "what-if 7: dearer", whatIf: 7 });
  return {
    kind: "postback",
    receipt: `0a${String(index).padStart(15, "0")}000000001`,
    named: true,
    advertiser: family.pairs[0]?.own.advertiser ?? 0,
    receivedAtMs: atMs,
    channel: "console",
    content: {},
    amendment: { ...amendment, patches: JSON.stringify(amendment.patches) },
  };
}

export function amendingCommand(family: ChangedFamily, index: number, atMs: number): Command {
  const setUp = { links: new Map(), credentials: new Map(), coupons: new Map() };
  return makeCommand(amendingMessage(family, index, atMs), null, setUp);
}

export function rulesHere(rules: OtherRules, links: ReadonlyMap<number, LinkTerms>): RulesHere {
  return { rules, label: "what-if 7", links, dialect: null, givesPlaces: movesPlaces(rules) };
}

export function drawRules(links: ReadonlyMap<number, LinkTerms>, random: Random): OtherRules {
  const offers: OtherRules["offers"] = {};
  const chance = (share: number) => random.next() < share;
  const isOfPrices = chance(0.5);
  for (const link of links.values()) {
    if (offers[link.offer] || chance(0.2)) continue;
    const events: Record<string, EventRules> = {};
    for (const event of link.events)
      events[event.name] = {
        ...(chance(0.6) ? { payout: anyPrice(random) } : {}),
        ...(chance(0.4) ? { revenue: chance(0.3) ? "posted" : anyPrice(random) } : {}),
        ...(chance(0.2) ? { digits: Math.floor(random.next() * 5) } : {}),
        ...(chance(0.3) ? { affiliates: { [1 + Math.floor(random.next() * 3)]: { payout: anyPrice(random) } } } : {}),
        ...(!isOfPrices && chance(0.4) ? { windowDays: 1 + Math.floor(random.next() * 95) } : {}),
        ...(!isOfPrices && chance(0.4) ? { repeat: chance(0.5) ? "per_txid" : "once_per_click" } : {}),
      };
    offers[link.offer] = {
      events,
      ...(!isOfPrices && chance(0.4) ? { windowDays: 1 + Math.floor(random.next() * 95) } : {}),
      ...(!isOfPrices && chance(0.4)
        ? { caps: [{ event: "sale", per: "day" as const, limit: 1 + Math.floor(random.next() * 3) }] }
        : {}),
    };
  }
  return { offers };
}

export function anyPrice(random: Pick<Random, "next">): PricingRule {
  return random.next() < 0.5
    ? { flat: Math.floor(random.next() * 5) * 1_000_000 }
    : { percent: Math.floor(random.next() * 300_000) };
}
