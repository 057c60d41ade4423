/** Looks what was decided of the rows that signals named, so that each is measured by it; a trigger adds the verdicts up. */
import type { ConversionStatus } from "../../../schema/messages.ts";
import { isSignalName, signalOf } from "../../core/signals/signals.ts";
import { verdictOf } from "../../core/signals/verdict.ts";
import { DAY_MS } from "../../core/time-units.ts";
import type { RoundWork } from "./round-work.ts";

const ROWS_AT_ONCE = 2_000;
/** What is not decided by then is not waited for any more. */
const WAITED_MS = 120 * DAY_MS;

interface Named {
  signal: string;
  row_id: string;
  named_at: number;
  status: ConversionStatus;
  hold: string;
  kinds: string | null;
}

const UNDECIDED = `
  SELECT r.signal, r.row_id, r.named_at, c.status, c.hold,
    iif(c.seq > r.seq, (SELECT json_group_array(kind ORDER BY e.seq) FROM entries AS e WHERE e.conversion_id = c.conversion_id AND e.seq > r.seq), NULL) AS kinds
  FROM signal_rows AS r INDEXED BY signal_rows_undecided CROSS JOIN conversions AS c ON c.conversion_id = r.row_id
  WHERE r.verdict IS NULL AND r.row_id > ? ORDER BY r.row_id LIMIT ${ROWS_AT_ONCE}`;
const DECIDE = `
  UPDATE signal_rows SET verdict = g.value ->> 2 FROM json_each(?) AS g
  WHERE signal_rows.signal = g.value ->> 0 AND signal_rows.row_id = g.value ->> 1 AND verdict IS NULL`;

/** Looks at the next rows that wait for a decision. */
export async function measureNext(
  { env, nowMs }: RoundWork,
  place: string,
): Promise<{ rows: number; place: string | null }> {
  const { results } = await env.DB.prepare(UNDECIDED).bind(place).all<Named>();
  const verdicts = results.flatMap((row) => {
    const verdict = verdictNow(row) ?? (row.named_at < nowMs - WAITED_MS ? "unmeasured" : null);
    return verdict === null ? [] : [[row.signal, row.row_id, verdict]];
  });
  if (verdicts.length > 0) await env.DB.prepare(DECIDE).bind(JSON.stringify(verdicts)).run();
  const last = results.length < ROWS_AT_ONCE ? undefined : results.at(-1);
  return { rows: results.length, place: last?.row_id ?? null };
}

function verdictNow({ signal, status, hold, kinds }: Named): "right" | "wrong" | "unmeasured" | null {
  const confirmedBy = isSignalName(signal) ? signalOf(signal).confirmedBy : null;
  if (confirmedBy === null) return "unmeasured";
  const kindsSince: string[] = kinds === null ? [] : JSON.parse(kinds);
  return verdictOf({ status, isHeld: hold === "held", kindsSince }, confirmedBy);
}
