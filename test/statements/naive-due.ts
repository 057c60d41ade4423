/** What is due, said once more in plain code over all rows of the books, with no bound and no index: what closings are held to. */
import type { DatabaseSync } from "node:sqlite";
import type { StatementOwner } from "../../workers/core/statements/due.ts";

const DAY_MS = 86_400_000;

interface Row {
  [column: string]: string | number | null;
}

/** A line that is due. */
export interface NaiveLine {
  conversion: string;
  owner: number;
  currency: string;
  offer: number;
  from: number;
  seq: number;
  due: number;
}

export function rowsIn(db: DatabaseSync, query: string, ...values: (string | number)[]): Row[] {
  return JSON.parse(JSON.stringify(db.prepare(query).all(...values)));
}

export function naiveDue(db: DatabaseSync, ownerType: StatementOwner, untilMs: number): NaiveLine[] {
  const money = ownerType === "affiliate" ? "payout" : "revenue";
  const days = new Map(
    rowsIn(db, "SELECT number, payable_after_days FROM offers").map((row) => [
      row.number,
      Number(row.payable_after_days),
    ]),
  );
  const states = new Map(rowsIn(db, "SELECT id, state FROM statements").map((row) => [row.id, row.state]));
  const entries = Map.groupBy(
    rowsIn(db, "SELECT * FROM all_entries ORDER BY conversion_id, seq"),
    ({ conversion_id }) => conversion_id,
  );
  const lines = Map.groupBy(
    rowsIn(db, "SELECT * FROM statement_lines WHERE owner_type = ? ORDER BY turn", ownerType),
    ({ conversion_id }) => conversion_id,
  );
  const due: NaiveLine[] = [];
  for (const conversion of rowsIn(db, "SELECT * FROM conversions WHERE test = 0 AND imported = 0")) {
    const id = conversion.conversion_id;
    const account = entries.get(id) ?? [];
    const late = account.findIndex((entry) => Number(entry.received_at) >= untilMs);
    const told = late < 0 ? account : account.slice(0, late);
    const sum = (upto: number) =>
      account.filter(({ seq }) => Number(seq) <= upto).reduce((total, entry) => total + Number(entry[money]), 0);
    const owner = Number(conversion[ownerType]);
    const chains = Map.groupBy(lines.get(id) ?? [], (line) => `${line.owner} ${line.currency}`);
    const own = chains.get(`${owner} ${conversion.currency}`)?.at(-1);
    const listed = Number(own?.seq ?? 0);
    const seq = Number(told.at(-1)?.seq ?? 0);
    const approvedAt = told.filter(({ status }) => status === "approved").map((entry) => Number(entry.received_at));
    const isRipe =
      ["approved", "reversed"].includes(String(conversion.status)) &&
      conversion.hold !== "held" &&
      approvedAt.length > 0 &&
      Math.min(...approvedAt) + Number(days.get(conversion.offer)) * DAY_MS <= untilMs;
    if (seq > listed && states.get(own?.statement ?? 0) !== "draft" && (listed > 0 || isRipe))
      due.push({
        conversion: String(id),
        owner,
        currency: String(conversion.currency),
        offer: Number(conversion.offer),
        from: listed,
        seq,
        due: sum(seq) - sum(listed),
      });
    for (const [name, chain] of chains) {
      const last = chain.at(-1);
      if (!last || name === `${owner} ${conversion.currency}`) continue;
      if (Number(last.seq) === 0 || states.get(last.statement ?? 0) === "draft") continue;
      due.push({
        conversion: String(id),
        owner: Number(last.owner),
        currency: String(last.currency),
        offer: Number(last.offer),
        from: Number(last.seq),
        seq: 0,
        due: -sum(Number(last.seq)),
      });
    }
  }
  return due;
}
