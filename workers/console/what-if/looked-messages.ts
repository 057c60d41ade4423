/** What a what-if looks at: the messages of a period, whole families of them, out of the advertiser's object by pages, so that no live call waits long behind one. */
import { commandsOf } from "../../core/books/attempts.ts";
import type { CapState } from "../../core/books/caps.ts";
import type { Command } from "../../core/books/command.ts";
import { LINK_JOINS, LINK_TERMS, type LinkTermsRow, readLinkTerms } from "../../core/books/link-terms.ts";
import type { LinkTerms } from "../../core/books/set-up.ts";
import { type Families, objectName, type StoredConversion, type StoredMessage } from "../../core/books/stored.ts";
import { makeDialect } from "../../core/postback/dialect.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { HOUR_MS } from "../../core/time-units.ts";
import type { RulesHere } from "../../core/what-if/amended-command.ts";
import { amendAll, type LookedSubject, placesOf } from "../../core/what-if/look-under-rules.ts";
import { movesPlaces, type OtherRules } from "../../core/what-if/other-rules.ts";
import type { Env } from "../env.ts";
import { keptFromMs } from "../tables/kept.ts";
import { invalid, type Problem } from "../web/problem.ts";

/** So many messages of a period are looked at: all of them lie in memory at once. */
export const MOST_LOOKED_AT = 10_000;
/** So many are asked of the object at once: a call of some milliseconds. */
const PAGE = 200;

export interface LookedBooks {
  messages: StoredMessage[];
  conversions: StoredConversion[];
}

/** Whose books of which time are looked at; of one offer alone where that is said. */
export interface LookedPeriod {
  advertiser: number;
  offer: number | null;
  fromMs: number;
  untilMs: number;
}

type LookEnv = Pick<Env, "DB" | "LOG" | "CONVERSIONS">;

/** The receipts of an advertiser's messages of the period: those of hours that are closed stand in lists, the others by time. */
const RECEIPTS = `
  SELECT id.value AS receipt FROM postback_lists l CROSS JOIN json_each(l.ids) id
  WHERE l.kind = 'advertiser' AND l.owner = ?1 AND l.hour BETWEEN ?2 / ${HOUR_MS} AND (?3 - 1) / ${HOUR_MS}
  UNION ALL SELECT receipt FROM postbacks INDEXED BY postbacks_by_time
  WHERE received_at >= max(?2, (SELECT until FROM closed_postbacks)) AND received_at < ?3 AND advertiser = ?1 AND status <> 'refused'
  LIMIT ?4`;

/** The receipts to look at. Refused where the log has none of that time any more, or there are too many. */
export async function receiptsOf(env: LookEnv, period: LookedPeriod): Promise<Result<string[], Problem>> {
  const { advertiser, fromMs, untilMs } = period;
  if (fromMs < (await keptFromMs(env.LOG, "postbacks")))
    return refuse(invalid("/from", "The postback log has nothing of that time any more: begin later."));
  const { results } = await env.LOG.prepare(RECEIPTS)
    .bind(advertiser, fromMs, untilMs, MOST_LOOKED_AT + 1)
    .all<{ receipt: string }>();
  if (results.length <= MOST_LOOKED_AT) return accept(results.map(({ receipt }) => receipt));
  return refuse(
    invalid(
      "/until",
      `More than ${MOST_LOOKED_AT} messages came in that time: look at a shorter one, and then at the next.`,
    ),
  );
}

/** The rules with the set-up of all links that these messages lead to. */
export async function rulesOn(
  { DB }: LookEnv,
  rules: OtherRules,
  label: string,
  messages: readonly StoredMessage[],
): Promise<RulesHere> {
  const commands = messages.flatMap(commandsOf);
  const numbers = commands.flatMap(({ click, coupon, claimed }) => [
    ...(click ? [click.link] : []),
    ...(coupon ? [coupon.click.link] : []),
    ...claimed.map(({ link }) => link),
  ]);
  return {
    rules,
    label,
    links: await linksOf(DB, numbers),
    dialect: rules.mapping ? makeDialect(rules.mapping) : null,
    givesPlaces: movesPlaces(rules),
  };
}

/** With prices of all moments: families lead back before the period. */
async function linksOf(db: D1Database, numbers: readonly number[]): Promise<Map<number, LinkTerms>> {
  const query = `${LINK_TERMS} json_each(?1) k CROSS JOIN links l ON l.number = k.value ${LINK_JOINS}`;
  const { results } = await db
    .prepare(query)
    .bind(JSON.stringify([...new Set(numbers)]), 0)
    .all<LinkTermsRow>();
  return new Map(results.map((row) => [row.link, readLinkTerms(row)]));
}

/** True of the messages that the rules are for: received in the period, and of offers that the rules are about, or read anew by a mapping. */
export function meantIn({ offer, fromMs, untilMs }: LookedPeriod, { offers, mapping }: OtherRules) {
  const isOfRules = (number: number | undefined) =>
    number === undefined
      ? mapping !== undefined
      : (offer === null || number === offer) && (mapping !== undefined || offers[number] !== undefined);
  return ({ receivedAtMs, click, coupon, correction }: Command): boolean =>
    // What an operator says of a conversion has the conversion's terms, whenever it is said.
    (correction !== null || (receivedAtMs >= fromMs && receivedAtMs < untilMs)) &&
    (isOfRules(click?.offer) || (coupon !== null && isOfRules(coupon.click.offer)));
}

/** The families of these messages, whole, and of what they would be under the rules. Null where one is larger than can be loaded. */
export async function readFamilies(
  env: LookEnv,
  period: LookedPeriod,
  receipts: readonly string[],
  rulesFor: (messages: readonly StoredMessage[]) => Promise<RulesHere>,
): Promise<{ books: LookedBooks; here: RulesHere } | null> {
  const object = env.CONVERSIONS.getByName(objectName(period.advertiser));
  const messages = new Map<string, StoredMessage>();
  const conversions = new Map<string, StoredConversion>();
  const take = async (some: string[], commands: Command[]): Promise<boolean> => {
    const found: Families | null = await object.families(some, commands);
    for (const message of found?.messages ?? []) messages.set(message.command.receipt, message);
    for (const one of found?.conversions ?? []) conversions.set(one.conversion.id, one);
    return found !== null;
  };
  for (let from = 0; from < receipts.length; from += PAGE)
    if (!(await take(receipts.slice(from, from + PAGE), []))) return null;
  // What is read otherwise may be of another order or event, and so of another family.
  for (let asked = 0; ; ) {
    const here = await rulesFor([...messages.values()]);
    const books = { messages: [...messages.values()], conversions: [...conversions.values()] };
    const pairs = amendAll({ messages: books.messages, isMeant: meantIn(period, here.rules) }, here);
    if (here.dialect === null || messages.size === asked) return { books, here };
    asked = messages.size;
    const amended = pairs.map((pair) => pair.amended);
    for (let from = 0; from < amended.length; from += PAGE)
      if (!(await take([], amended.slice(from, from + PAGE)))) return null;
  }
}

/** What is looked at, with how many places of caps are taken. */
export async function subjectOf(
  env: LookEnv,
  period: LookedPeriod,
  { messages, conversions }: LookedBooks,
  here: RulesHere,
): Promise<LookedSubject> {
  const subject = {
    messages,
    conversions: conversions.map(({ conversion }) => conversion),
    isMeant: meantIn(period, here.rules),
  };
  const places = here.givesPlaces ? placesOf(subject, amendAll(subject, here)) : [];
  const object = env.CONVERSIONS.getByName(objectName(period.advertiser));
  const taken: CapState[] = places.length === 0 ? [] : await object.capStates(places);
  return { ...subject, taken };
}
