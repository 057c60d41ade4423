/**
 * The names of an order: its number, and those that the sender says beside it (`also_txid`). Names are a fact, and hold for the messages before them as for those
 * after: so they are read of all messages first, and each message then means the order by whichever name.
 */
import type { Command } from "./command.ts";
import { comparePositions } from "./order-of-receipt.ts";

/** Besides its number, an order has at most so many names. */
const MAX_ALSO = 3;
/** At most so many numbers turn out to be one order's: beyond it lies a name that the sender gives to all. */
const MAX_JOINED = 20;

/** Where an order's number is one: an order space and an event, tests apart. */
export interface OrderScope {
  space: string;
  event: string;
  test: boolean;
}

/** Two names of one order, as a message says them. */
interface Naming {
  command: Command;
  txid: string;
  also: string;
}

/** An order as far as it is joined: all its names, and those among them that were said as `also_txid`. */
interface Order {
  names: string[];
  also: string[];
}

/** The orders of a scope by their names, and the receipts of messages whose other name was not taken. */
interface Joined {
  orders: ReadonlyMap<string, Order>;
  dropped: ReadonlySet<string>;
}

export interface OrderNames {
  /** All names of the order of this name in its scope, itself among them. */
  inScope(scope: OrderScope, txid: string): readonly string[];
  /** All that may be names of it in some scope, itself among them. */
  anywhere(txid: string): readonly string[];
  /** True for a message whose other name was not taken in this scope, since its order has too many or would join too many. */
  isDropped(scope: OrderScope, command: Command): boolean;
}

/** The other name that a message gives to the order that it names; null where it gives none. Only the sender gives names. */
export function alsoOf({ content, txid, channel, bar }: Command): string | null {
  const { alsoTxid = null } = content;
  return bar || channel === "pixel" || txid === null || alsoTxid === txid ? null : alsoTxid;
}

/** The names of orders, as `commands` say them. */
export function orderNames(commands: Iterable<Command>): OrderNames {
  const namings: Naming[] = [];
  for (const command of commands) {
    const also = alsoOf(command);
    if (also !== null && command.txid !== null) namings.push({ command, txid: command.txid, also });
  }
  if (namings.length === 0) return NO_NAMES;
  namings.sort((left, right) => comparePositions(left.command, right.command));
  const scopes = new Map<string, Joined>();
  const joinedIn = (scope: OrderScope): Joined => {
    const key = JSON.stringify([scope.space, scope.event, scope.test]);
    const joined = scopes.get(key) ?? joinAll(namings.filter((naming) => speaksOf(naming, scope)));
    scopes.set(key, joined);
    return joined;
  };
  return {
    inScope: (scope, txid) => joinedIn(scope).orders.get(txid)?.names ?? [txid],
    anywhere: (txid) => reachable(namings, txid),
    isDropped: (scope, { receipt }) => joinedIn(scope).dropped.has(receipt),
  };
}

const NO_NAMES: OrderNames = {
  inScope: (_, txid) => [txid],
  anywhere: (txid) => [txid],
  isDropped: () => false,
};

/** Joins the orders of one scope. What would be too much is left out, in the order of receipt. */
function joinAll(namings: readonly Naming[]): Joined {
  const orders = new Map<string, Order>();
  const dropped = new Set<string>();
  for (const { command, txid, also } of namings) {
    const left = orders.get(txid) ?? { names: [txid], also: [] };
    const right = orders.get(also) ?? { names: [also], also: [] };
    if (left.names.includes(also)) continue;
    const joined: Order = {
      names: [...left.names, ...right.names],
      also: [...new Set([...left.also, ...right.also, also])],
    };
    if (joined.also.length > MAX_ALSO || joined.names.length - joined.also.length > MAX_JOINED)
      dropped.add(command.receipt);
    else for (const name of joined.names) orders.set(name, joined);
  }
  return { orders, dropped };
}

/** A message without a click tells no order space, and one without an event none: they speak of all, also where it was taken to a claim's click. */
function speaksOf({ command: { click, event, test, loose } }: Naming, scope: OrderScope): boolean {
  const said = loose ? loose.event : event;
  return (
    test === scope.test &&
    (said === null || said === scope.event) &&
    (click === null || loose !== null || event === null || click.space === scope.space)
  );
}

function reachable(namings: readonly Naming[], txid: string): string[] {
  const names = new Set([txid]);
  for (let size = 0; size < names.size; ) {
    size = names.size;
    for (const { txid: one, also } of namings) if (names.has(one) || names.has(also)) names.add(one).add(also);
  }
  return [...names];
}
