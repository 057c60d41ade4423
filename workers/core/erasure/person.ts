/** Who is meant by a click ID or an order: the clicks, orders and conversions that the books know to be one person's. */
import { commandsOf } from "../books/attempts.ts";
import type { Command } from "../books/command.ts";
import type { Conversion } from "../books/conversion.ts";
import type { DecidedMessage } from "../books/outcome.ts";
import { namesOf } from "./erase-books.ts";
import type { PersonNames } from "./erased-names.ts";

/**
 * The names that `messages` and `conversions`, found by the names in `known`, add to them. A click brings the orders that its messages name and what another tracker called it,
 * an order its other names, and a conversion brings its click and its order together. An order brings no other click: what names it for a click on which it was not booked may be anybody's.
 * A claim brings nothing, nor does an operator's word on it, unless it is booked: anybody can name anyone's order, and would have it erased with a click of their own.
 */
export function namesBeside(
  known: PersonNames,
  messages: readonly DecidedMessage[],
  conversions: ReadonlyMap<string, Conversion>,
): PersonNames {
  const clickIds = new Set(known.clickIds);
  const txids = new Set(known.txids);
  for (const message of messages.filter(({ command }) => isSenders(command))) {
    const { command, outcome } = message;
    const said = namesOfMessage(message);
    // By whichever name it was found: what it says of orders is said of one.
    if (said.clickIds.some((name) => clickIds.has(name)) || said.txids.some((name) => txids.has(name)))
      for (const name of said.txids) txids.add(name);
    for (const name of commandsOf(message).flatMap(oldNameOf(clickIds))) clickIds.add(name);
    const conversion = outcome.conversion === null ? undefined : conversions.get(outcome.conversion);
    if (conversion && conversion.click.clickId === command.click?.clickId) addConversion(conversion, clickIds, txids);
  }
  for (const conversion of conversions.values())
    if (isOf(conversion, { clickIds, txids })) addConversion(conversion, clickIds, txids);
  const added = (names: ReadonlySet<string>, before: readonly string[]) =>
    [...names].filter((name) => !before.includes(name));
  return { clickIds: added(clickIds, known.clickIds), txids: added(txids, known.txids) };
}

/** What the ledger knew another tracker to call a click of ours: once the adopted click is forgotten, only what was booked on it says so. */
function oldNameOf(clickIds: ReadonlySet<string>): (command: Command) => string[] {
  return ({ content, click, oldClickId }) => {
    const own = content.clickId ?? click?.clickId;
    return oldClickId !== null && own !== undefined && clickIds.has(own) ? [oldClickId] : [];
  };
}

function isSenders({ channel, ruling }: Command): boolean {
  return channel !== "pixel" && ruling === null;
}

/** All that any attempt of the message says. */
function namesOfMessage(message: DecidedMessage): PersonNames {
  const all = commandsOf(message).map(namesOf);
  return { clickIds: all.flatMap(({ clickIds }) => clickIds), txids: all.flatMap(({ txids }) => txids) };
}

/** True for a conversion on one of these clicks, or of one of these orders. */
export function isOf(
  { click, txid }: Conversion,
  names: { clickIds: ReadonlySet<string>; txids: ReadonlySet<string> },
): boolean {
  return names.clickIds.has(click.clickId) || (txid !== null && names.txids.has(txid));
}

function addConversion({ click, txid }: Conversion, clickIds: Set<string>, txids: Set<string>): void {
  clickIds.add(click.clickId);
  if (txid !== null) txids.add(txid);
}
