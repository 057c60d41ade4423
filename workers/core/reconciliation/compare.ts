/** Holds an advertiser's list against the books: what is missing on which side, and what differs. */
import type { StatementLine, Status } from "./statement.ts";

/** A conversion of the books, no test. */
export interface HeldConversion {
  conversionId: string;
  txid: string | null;
  event: string;
  status: Status;
  currency: string;
  amountMicros: bigint;
  /** Whether it belongs to the range that the list is for. */
  inRange: boolean;
}

export const DIFFERENCES = ["missing_here", "missing_there", "status_differs", "amount_differs"] as const;

export interface Difference {
  difference: (typeof DIFFERENCES)[number];
  txid: string | null;
  event: string | null;
  ourStatus: string | null;
  theirStatus: string | null;
  ourAmountMicros: bigint | null;
  theirAmountMicros: bigint | null;
  currency: string | null;
  conversionId: string | null;
}

/** What the list says of one order (and event, where it names events), its lines taken together. */
interface Claim {
  txid: string;
  event: string | null;
  statusWord: string | null;
  statuses: readonly Status[] | null;
  amountMicros: bigint | null;
  held: HeldConversion[];
}

export interface Comparison {
  /** Takes a conversion of the books; those that the list does not name are told only where they are in range. */
  meet(conversion: HeldConversion): void;
  /** To be asked when the books are through: orders that agree, and everything that does not. */
  finish(): { orders: number; agreeing: number; differences: Difference[] };
}

/** A comparison with these lines. Several lines of one order add up; where their statuses differ, none is held against the books. */
export function compareWith(lines: Iterable<StatementLine>): Comparison {
  const claims = new Map<string, Claim>();
  for (const line of lines) {
    const key = keyOf(line.txid, line.event);
    const before = claims.get(key);
    claims.set(key, before ? together(before, line) : { ...line, held: [] });
  }
  const missingThere: Difference[] = [];
  return {
    meet(conversion) {
      const { txid, event } = conversion;
      const claim = txid === null ? undefined : (claims.get(keyOf(txid, event)) ?? claims.get(keyOf(txid, null)));
      if (claim) claim.held.push(conversion);
      else if (conversion.inRange) missingThere.push(ours("missing_there", [conversion], txid, event));
    },
    finish() {
      const found = [...claims.values()].map(judge);
      const agreeing = found.filter((differences) => differences.length === 0).length;
      return { orders: claims.size, agreeing, differences: [...found.flat(), ...missingThere] };
    },
  };
}

function keyOf(txid: string, event: string | null): string {
  return JSON.stringify([txid, event]);
}

function together(claim: Claim, line: StatementLine): Claim {
  const isSame = claim.statusWord === line.statusWord;
  return {
    ...claim,
    statusWord: isSame ? claim.statusWord : `${claim.statusWord ?? ""} + ${line.statusWord ?? ""}`,
    statuses: isSame ? claim.statuses : null,
    amountMicros:
      claim.amountMicros === null && line.amountMicros === null
        ? null
        : (claim.amountMicros ?? 0n) + (line.amountMicros ?? 0n),
  };
}

function judge(claim: Claim): Difference[] {
  const { held, txid, event, statusWord, statuses, amountMicros } = claim;
  const theirs = { theirStatus: statusWord, theirAmountMicros: amountMicros };
  if (held.length === 0) return [{ ...ours("missing_here", [], txid, event), ...theirs }];
  const differences: Difference[] = [];
  const standing = held.filter(({ status }) => stands(status));
  const agrees = statuses === null || held.some(({ status }) => statuses.includes(status));
  if (!agrees) differences.push({ ...ours("status_differs", held, txid, event), ...theirs });
  // What is rejected or reversed is worth nothing here, whatever was ordered.
  const isWorth = standing.length > 0 && (statuses === null || statuses.some(stands));
  const sum = standing.reduce((total, { amountMicros: own }) => total + own, 0n);
  if (isWorth && amountMicros !== null && sum !== amountMicros)
    differences.push({ ...ours("amount_differs", held, txid, event), ...theirs });
  return differences;
}

function stands(status: Status): boolean {
  return status === "pending" || status === "approved";
}

function ours(
  difference: Difference["difference"],
  held: readonly HeldConversion[],
  txid: string | null,
  event: string | null,
): Difference {
  const statuses = [...new Set(held.map(({ status }) => status))];
  return {
    difference,
    txid,
    event: event ?? held[0]?.event ?? null,
    ourStatus: held.length === 0 ? null : statuses.join(" + "),
    theirStatus: null,
    ourAmountMicros: held.length === 0 ? null : held.reduce((total, { amountMicros }) => total + amountMicros, 0n),
    theirAmountMicros: null,
    currency: held[0]?.currency ?? null,
    conversionId: held[0]?.conversionId ?? null,
  };
}
