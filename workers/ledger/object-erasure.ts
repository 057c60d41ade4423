/** Erasure in an advertiser's object: which of what it stores is one person's, taking that out, and meeting what comes later under a name that is erased. */
import type { Command } from "../core/books/command.ts";
import { keyRanges } from "../core/books/conversion-keys.ts";
import type { PersonalBooks, StoredConversion, StoredMessage } from "../core/books/stored.ts";
import { eraseCommand, eraseConversion, type IsErased, namesErased, namesOf } from "../core/erasure/erase-books.ts";
import { type PersonNames, type Replacement, replacementFor } from "../core/erasure/erased-names.ts";
import { isOf, namesBeside } from "../core/erasure/person.ts";
import type { HmacKey } from "../core/hmac-sha256.ts";
import { jsonChunks } from "../core/json-chunks.ts";
import { type DecidedShare, decideShare, type ShareOptions } from "./decide-share.ts";
import { findBooks } from "./object-beside.ts";
import { type Changed, forgetChanges, noteChanges, unentered } from "./object-changes.ts";
import { renamePlaces } from "./object-claim-places.ts";
import {
  closeJournal,
  enterErasedConversion,
  enterErasedMessage,
  type OpenJournal,
  openJournal,
} from "./object-journal.ts";
import { findConversions, findMessages, forgetNames, writeStored } from "./object-storage.ts";
import type { Sql } from "./sql.ts";

/** Of one person. Beyond it lies a name that a sender gives to all. */
const MOST_MESSAGES = 1_000;
/** What anybody can make as many of as they like is told and erased so many at a time. */
export const CLAIMS_AT_ONCE = 1_000;

/** Tells those that are new. */
const ENTOMB =
  "INSERT INTO erased (name) SELECT value FROM json_each(?) WHERE true ON CONFLICT DO NOTHING RETURNING name";

/** What was erased, as it is stored now; or, where more names turn out to be the person's, all of them, and nothing was done. */
export type ErasedBooks = { more: PersonNames } | { messages: StoredMessage[]; conversions: StoredConversion[] };

/** Claims that were erased, as they are stored now; `next` is the receipt behind which it goes on, null at the end. */
export interface ErasedClaims {
  messages: StoredMessage[];
  next: string | null;
}

/** A share decided, and names of people who were erased that came with it: they are to be erased too. */
export interface MetShare extends DecidedShare {
  toErase: PersonNames | null;
}

/** Decides a share as `decideShare` does; what names somebody who was erased is stored without what is personal. To be called within one transaction. */
export function decideMeetingErased(
  sql: Sql,
  key: HmacKey,
  commands: readonly Command[],
  nowMs: number,
  options: ShareOptions = {},
): MetShare {
  const [first] = commands;
  if (!first || sql.exec("SELECT 1 FROM erased LIMIT 1").toArray().length === 0)
    return { ...decideShare(sql, commands, nowMs, options), toErase: null };
  const replacement = replacementFor(key, first.advertiser);
  const isErased: IsErased = (replaced) => erasedAmong(sql, [replaced]).size > 0;
  const corrected = findConversions(
    sql,
    commands.flatMap(({ correction }) => correction?.conversion ?? []),
  );
  const met = commands.map((command) => {
    const own = command.correction && corrected.get(command.correction.conversion)?.conversion;
    // A correction names nothing but its conversion.
    const meets =
      namesErased(command, replacement, isErased) || (own && isErased(replacement.clickId(own.click.clickId)));
    return meets ? eraseCommand(command, replacement, isErased) : command;
  });
  const share = decideShare(sql, met, nowMs, options);
  const erased = met.filter((command, place) => command !== commands[place]);
  return { ...share, toErase: erased.length > 0 ? stillNamed(sql, replacement, erased) : null };
}

/** Everything that is stored of who is meant by `names`; of claims that nobody looks at, the first ones. */
export function tellPersonal(sql: Sql, replacement: Replacement, names: PersonNames): PersonalBooks {
  const found = findPersonal(sql, replacement, names);
  const claims = pageOfClaims(sql, found.names, "", CLAIMS_AT_ONCE + 1);
  const messages = [...found.messages, ...claims.slice(0, CLAIMS_AT_ONCE)];
  const each = new Map(messages.map((message) => [message.command.receipt, message]));
  return { ...found, messages: [...each.values()], moreClaims: claims.length > CLAIMS_AT_ONCE };
}

/** Who is meant by `names`, and what is stored of them but for claims that nobody looks at, which say nothing of who it is. */
export function findPersonal(
  sql: Sql,
  replacement: Replacement,
  names: PersonNames,
): Omit<PersonalBooks, "moreClaims"> {
  const messages = new Map<string, StoredMessage>();
  const conversions = new Map<string, StoredConversion>();
  const replaced = [...names.clickIds.map(replacement.clickId), ...names.txids.map(replacement.txid)];
  const asked = { replaced, erased: erasedAmong(sql, replaced).size === replaced.length };
  let known: PersonNames = { clickIds: [], txids: [] };
  for (let fresh = bothForms(replacement, names, known); fresh.clickIds.length + fresh.txids.length > 0; ) {
    known = { clickIds: [...known.clickIds, ...fresh.clickIds], txids: [...known.txids, ...fresh.txids] };
    for (const message of messagesNaming(sql, fresh)) messages.set(message.command.receipt, message);
    if (messages.size > MOST_MESSAGES) return { ...asked, names: known, messages: [], conversions: [], tooMany: true };
    const ids = [...messages.values()].flatMap(conversionsOf).filter((id) => !conversions.has(id));
    for (const [id, stored] of findConversions(sql, [...new Set(ids)])) conversions.set(id, stored);
    const states = new Map([...conversions].map(([id, { conversion }]) => [id, conversion]));
    fresh = bothForms(replacement, namesBeside(known, [...messages.values()], states), known);
  }
  const sets = { clickIds: new Set(known.clickIds), txids: new Set(known.txids) };
  const own = [...conversions.values()].filter(({ conversion }) => isOf(conversion, sets));
  return { ...asked, names: known, messages: [...messages.values()], conversions: own, tooMany: false };
}

/** Erases who is meant by `names`, if these are all names of that person. Done again it changes nothing, and tells the same. To be called within one transaction. */
export function eraseBooks(
  sql: Sql,
  replacement: Replacement,
  names: PersonNames,
  nowMs: number,
  { keepsJournal = true }: ShareOptions = {},
): ErasedBooks {
  const found = findPersonal(sql, replacement, names);
  if (found.tooMany)
    throw new Error(`more than ${MOST_MESSAGES} messages are named like this: they cannot be one person's`);
  const erased = new Set([...names.clickIds.map(replacement.clickId), ...names.txids.map(replacement.txid)]);
  const isErased: IsErased = (replaced) => erased.has(replaced);
  const isAll =
    found.names.clickIds.every((name) => isErased(replacement.clickId(name))) &&
    found.names.txids.every((name) => isErased(replacement.txid(name)));
  if (!isAll) return { more: shortest(replacement, found.names) };
  const tombstones = jsonChunks([...erased])
    .flatMap((chunk) => sql.exec(ENTOMB, chunk).toArray())
    .map(({ name }): Changed => ["erased", String(name)]);
  const journal = openJournal(sql, keepsJournal);
  const messages = found.messages.map((message) => eraseMessage(journal, message, replacement, isErased));
  const conversions = found.conversions.map((stored) => eraseStored(journal, stored, replacement, isErased));
  closeJournal(sql, journal, nowMs);
  forgetNames(sql, found.messages);
  const places = renamePlaces(sql, found.names, (key) => replacedKey(key, replacement));
  writeStored(sql, messages, conversions);
  // What was erased before is noted already.
  const changed = messages.filter((message, place) => message !== found.messages[place]);
  const moved = conversions.filter((stored, place) => stored !== found.conversions[place]);
  noteChanges(sql, [...unentered(journal, changed, moved), ...places.to, ...tombstones]);
  forgetChanges(sql, places.from);
  const ids = conversions.map(({ conversion }) => conversion.id);
  return { messages, conversions: findBooks(sql, [], ids).conversions };
}

/**
 * Erases a page of the claims behind the receipt `after` that nobody looks at, so that their number has no end: who is meant is erased by now by `names`, which are all names of
 * that person. Done again it changes nothing, and tells the same. To be called within one transaction.
 */
export function eraseClaims(
  sql: Sql,
  replacement: Replacement,
  names: PersonNames,
  after: string,
  nowMs: number,
  { keepsJournal = true }: ShareOptions = {},
): ErasedClaims {
  const erased = new Set([...names.clickIds.map(replacement.clickId), ...names.txids.map(replacement.txid)]);
  const both = bothForms(replacement, names, { clickIds: [], txids: [] });
  const claims = pageOfClaims(sql, both, after, CLAIMS_AT_ONCE);
  const journal = openJournal(sql, keepsJournal);
  const messages = claims.map((claim) => eraseMessage(journal, claim, replacement, (replaced) => erased.has(replaced)));
  closeJournal(sql, journal, nowMs);
  forgetNames(sql, claims);
  writeStored(sql, messages, []);
  noteChanges(
    sql,
    unentered(
      journal,
      messages.filter((message, place) => message !== claims[place]),
      [],
    ),
  );
  const last = messages.length === CLAIMS_AT_ONCE ? messages.at(-1) : undefined;
  return { messages, next: last?.command.receipt ?? null };
}

/** Of these names, those that are erased. */
export function erasedNames(sql: Sql, replacement: Replacement, { clickIds, txids }: PersonNames): PersonNames {
  const erased = erasedAmong(sql, [...clickIds.map(replacement.clickId), ...txids.map(replacement.txid)]);
  return {
    clickIds: clickIds.filter((name) => erased.has(replacement.clickId(name))),
    txids: txids.filter((name) => erased.has(replacement.txid(name))),
  };
}

/** Of these names, those that are erased, in the form of what replaced them. */
function erasedAmong(sql: Sql, replaced: readonly string[]): Set<string> {
  const query = "SELECT e.name FROM json_each(?) k CROSS JOIN erased e ON e.name = k.value";
  const rows = jsonChunks([...new Set(replaced)]).flatMap((chunk) => sql.exec(query, chunk).toArray());
  return new Set(rows.map(({ name }) => String(name)));
}

/** A stage more, so that no row of the message that is still on its way is written over what is erased. */
function eraseMessage(
  journal: OpenJournal | null,
  message: StoredMessage,
  replacement: Replacement,
  isErased: IsErased,
): StoredMessage {
  const command = eraseCommand(message.command, replacement, isErased);
  const attempts = message.attempts?.map((attempt) => ({
    ...attempt,
    command: eraseCommand(attempt.command, replacement, isErased),
  }));
  const erased = { ...message, command, ...(attempts ? { attempts } : {}) };
  if (JSON.stringify(erased) === JSON.stringify(message)) return message;
  return enterErasedMessage(journal, message, { ...erased, stage: message.stage + 1 });
}

function eraseStored(
  journal: OpenJournal | null,
  stored: StoredConversion,
  replacement: Replacement,
  isErased: IsErased,
): StoredConversion {
  const conversion = eraseConversion(stored.conversion, replacement, isErased);
  if (JSON.stringify(conversion) === JSON.stringify(stored.conversion)) return stored;
  return enterErasedConversion(journal, stored, { ...stored, conversion });
}

/** All names of those whom these messages are about, where one of them is not erased yet; those that no longer say anything else are left out. */
function stillNamed(sql: Sql, replacement: Replacement, met: readonly Command[]): PersonNames | null {
  const clickIds: string[] = [];
  const txids: string[] = [];
  for (const command of met) {
    const said = namesOf(command);
    const { names } = findPersonal(sql, replacement, {
      clickIds: said.clickIds.filter((name) => replacement.clickId(name) === name),
      txids: said.txids.filter((name) => replacement.txid(name) === name),
    });
    clickIds.push(...names.clickIds);
    txids.push(...names.txids);
  }
  const replaced = [...clickIds.map(replacement.clickId), ...txids.map(replacement.txid)];
  const erased = erasedAmong(sql, replaced);
  return replaced.every((name) => erased.has(name)) ? null : shortest(replacement, { clickIds, txids });
}

/** These names, and what replaces them, less those in `known`. */
function bothForms(replacement: Replacement, names: PersonNames, known: PersonNames): PersonNames {
  const fresh = (all: readonly string[], replace: (name: string) => string, before: readonly string[]) =>
    [...new Set(all.flatMap((name) => [name, replace(name)]))].filter((name) => !before.includes(name));
  return {
    clickIds: fresh(names.clickIds, replacement.clickId, known.clickIds),
    txids: fresh(names.txids, replacement.txid, known.txids),
  };
}

/** Each name once: as it was sent, where that is known. A message of a queue has an end. */
function shortest(replacement: Replacement, { clickIds, txids }: PersonNames): PersonNames {
  const once = (names: readonly string[], replace: (name: string) => string) => {
    const sent = new Map(names.map((name) => [replace(name), name]));
    for (const name of names) if (replace(name) !== name) sent.set(replace(name), name);
    return [...sent.values()];
  };
  return { clickIds: once(clickIds, replacement.clickId), txids: once(txids, replacement.txid) };
}

/** A key with what replaces the click ID or the order number in it. */
function replacedKey(key: string, replacement: Replacement): string {
  const [kind, name, ...rest]: string[] = JSON.parse(key);
  const replaced = kind === "c" || kind === "b" ? replacement.clickId(name ?? "") : replacement.txid(name ?? "");
  return JSON.stringify([kind, replaced, ...rest]);
}

/** The conversions that a message belongs to, belonged to, or moved. */
function conversionsOf({ outcome, touched }: StoredMessage): string[] {
  return [
    ...touched.entries.map(({ conversion }) => conversion),
    ...(outcome.conversion === null ? [] : [outcome.conversion]),
  ];
}

/** The messages that say one of these names: by their keys, and those that have none by what they say. Claims that nobody looks at are none of them. */
function messagesNaming(sql: Sql, names: PersonNames): StoredMessage[] {
  const receipts = new Set<string>();
  const add = (rows: Record<string, unknown>[]) => {
    for (const { receipt } of rows) receipts.add(String(receipt));
  };
  const most = String(MOST_MESSAGES + 1);
  for (const { from, to } of keyRanges(names)) {
    for (const query of BY_KEY) add(sql.exec(`${query} LIMIT CAST(?3 AS INTEGER)`, from, to, most).toArray());
  }
  for (const query of BY_WORDS)
    add(sql.exec(`${query} AND NOT ${IS_UNHEARD} LIMIT CAST(?2 AS INTEGER)`, JSON.stringify(names), most).toArray());
  return [...findMessages(sql, [...receipts]).values()];
}

/** The claims behind the receipt `after` that say one of these names and that nobody looks at, by receipt. */
function pageOfClaims(sql: Sql, names: PersonNames, after: string, limit: number): StoredMessage[] {
  const found = BY_WORDS.flatMap((query) => {
    const page = `${query} AND ${IS_UNHEARD} AND receipt > ?2 ORDER BY receipt LIMIT CAST(?3 AS INTEGER)`;
    return sql.exec(page, JSON.stringify(names), after, String(limit)).toArray();
  });
  const receipts = [...new Set(found.map(({ receipt }) => String(receipt)))].sort().slice(0, limit);
  const stored = findMessages(sql, receipts);
  return receipts.flatMap((receipt) => stored.get(receipt) ?? []);
}

const BY_KEY = [
  "SELECT receipt FROM messages WHERE order_key >= ?1 AND order_key < ?2",
  "SELECT receipt FROM messages WHERE click_key >= ?1 AND click_key < ?2",
  "SELECT receipt FROM names WHERE key >= ?1 AND key < ?2",
];
/** Where a command says its names, as `namesOf` reads them: a correction that came to nothing says its order beside its content. */
const SAID_CLICKS = ["content.clickId", "click.clickId"];
const SAID_ORDERS = ["content.txid", "content.alsoTxid", "txid"];
const saysOne = (said: string) => {
  const among = (places: readonly string[], names: keyof PersonNames) =>
    places.map((place) => `${said} ->> '$.${place}' IN (SELECT value FROM json_each(?1, '$.${names}'))`);
  return `(${[...among(SAID_CLICKS, "clickIds"), ...among(SAID_ORDERS, "txids")].join(" OR ")})`;
};
/** Those that no key leads to: without any, by what other attempts said, and by what the pixel called an order besides. */
const BY_WORDS = [
  `SELECT receipt FROM messages WHERE order_key IS NULL AND click_key IS NULL AND ${saysOne("command")}`,
  `SELECT receipt FROM messages WHERE command ->> '$.attempts' IS NOT NULL AND EXISTS (
    SELECT 1 FROM json_each(messages.command, '$.attempts') AS attempt WHERE ${saysOne("attempt.value")})`,
  `SELECT receipt FROM messages WHERE command ->> '$.channel' = 'pixel' AND command ->> '$.content.alsoTxid' IS NOT NULL
    AND command ->> '$.content.alsoTxid' IN (SELECT value FROM json_each(?1, '$.txids'))`,
];
/**
 * What anybody said by the pixel and what came to nothing: no conversion is its, and it moved none. Of these there may be any number in one name; of those that the books look at,
 * which lie under keys, only as many as have a place.
 */
const IS_UNHEARD =
  "(command ->> '$.channel' = 'pixel' AND outcome ->> '$.conversion' IS NULL AND touched ->> '$.entries[0]' IS NULL)";
