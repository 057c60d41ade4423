/** Finds families in the object: everything that deciding messages may look at. */
import { commandsOf } from "../core/books/attempts.ts";
import { isClaim } from "../core/books/claims.ts";
import type { Command } from "../core/books/command.ts";
import { claimsThatLead } from "../core/books/family.ts";
import type { Families, StoredMessage } from "../core/books/stored.ts";
import { findByKeys, findByTxids, findConversions, findMessages } from "./object-storage.ts";
import type { Sql } from "./sql.ts";

/** Families that hold more messages than this are not loaded together. */
export const LOAD_LIMIT = 50_000;

/** A search: what was found, what it began with, the receipts that led on, and the keys that were asked for. */
interface Search {
  sql: Sql;
  found: Map<string, StoredMessage>;
  heads: Command[];
  led: Set<string>;
  asked: Set<string>;
}

/**
 * The families of all `commands`, whole, and of all claims that belong to them, as what became of a claim is told by its own; null where that is more than
 * `LOAD_LIMIT` messages. The claims of those again are left out: nothing that is decided here has to do with them.
 */
export function loadFamilies(sql: Sql, commands: readonly Command[]): Families | null {
  const search: Search = { sql, found: new Map(), heads: [], led: new Set(), asked: new Set() };
  if (!follow(search, commands)) return null;
  const claims = [...search.found.values()].map(({ command }) => command).filter(isClaim);
  if (!follow(search, claims)) return null;
  const whole = new Set([...claims, ...commands].map(({ receipt }) => receipt));
  const messages = [...search.found.values()].filter(({ command }) => !isClaim(command) || whole.has(command.receipt));
  const ids = new Set(messages.map(({ outcome }) => outcome.conversion).filter((id) => id !== null));
  return { messages, conversions: [...findConversions(sql, [...ids]).values()] };
}

/** The families of these messages, and of these as they could be, with the messages themselves, also where no key leads to them. */
export function familiesOf(sql: Sql, receipts: readonly string[], commands: readonly Command[]): Families | null {
  const known = findMessages(sql, receipts);
  const families = loadFamilies(sql, [...commands, ...[...known.values()].flatMap(commandsOf)]);
  if (!families) return null;
  const messages = new Map([...known, ...families.messages.map((one) => [one.command.receipt, one] as const)]);
  const ids = [...messages.values()].flatMap(({ outcome }) => outcome.conversion ?? []);
  return { messages: [...messages.values()], conversions: [...findConversions(sql, [...new Set(ids)]).values()] };
}

/** Follows relations from message to message. A round of two queries takes all of them one step further; most families end after the first. */
function follow(search: Search, from: readonly Command[]): boolean {
  const { sql, found, heads, led, asked } = search;
  heads.push(...from);
  for (let open = from; open.length > 0; ) {
    for (const { receipt } of open) led.add(receipt);
    const relatives = [...findByKeys(sql, open, asked), ...findByTxids(sql, open, asked)];
    for (const message of relatives) found.set(message.command.receipt, message);
    if (found.size > LOAD_LIMIT) return false;
    const words = relatives.filter(({ command }) => command.claim === null).flatMap(commandsOf);
    open = words.filter(({ receipt }) => !led.has(receipt));
    if (open.length > 0) continue;
    const all = [...heads, ...[...found.values()].flatMap(commandsOf)];
    open = claimsThatLead(all).filter(({ receipt }) => !led.has(receipt));
  }
  return true;
}
