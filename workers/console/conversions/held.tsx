/** Conversions that no word of their sender's moves: the mark that each bears, and how many of those that are held wait for an operator. */

import { OPERATORS, type Role } from "../../core/roles.ts";
import type { Env } from "../env.ts";
import { Clipped, Status } from "../shell/parts/values.tsx";
import type { User } from "../web/user.ts";
import { textIn } from "./fields-of.ts";

/** More are not counted, so that a look at the overview reads little. */
const MOST_COUNTED = 1_000;

const WORDS: Record<string, string> = { held: "held", rejected_by_operator: "by operator" };
/** To those whose conversion it is. */
const WORDS_OUTSIDE: Record<string, string> = { held: "in review" };

/** Beside the status, where something stands before the sender's word; and why it was rejected, where an operator chose a reason. */
export function HoldMark({ row, role }: { row: Record<string, unknown>; role: Role }) {
  const isOperators = OPERATORS.some((one) => one === role);
  const words = (isOperators ? WORDS : WORDS_OUTSIDE)[textIn(row, "hold") ?? ""];
  const reason = textIn(row, "reason");
  return (
    <>
      {words === undefined ? null : <Status status={words} />} {reason === null ? null : <Clipped text={reason} />}
    </>
  );
}

/** Beside the status of what another tracker booked. */
export function ImportedMark({ row }: { row: Record<string, unknown> }) {
  return row.imported === true ? <Status status="imported" /> : null;
}

/** How many are held, to whoever sees all of them; null to others. */
export async function countHeld(env: Pick<Env, "DB">, { caller }: User): Promise<number | null> {
  if (caller.scope !== "everything") return null;
  const counted = `SELECT count(*) AS held FROM (SELECT 1 FROM conversions WHERE hold = 'held' LIMIT ${MOST_COUNTED})`;
  return (await env.DB.withSession().prepare(counted).first<number>("held")) ?? 0;
}

export function HeldNotice({ held }: { held: number | null }) {
  if (held === null || held === 0) return null;
  const many =
    held === MOST_COUNTED
      ? `${held} conversions or more are`
      : held === 1
        ? "1 conversion is"
        : `${held} conversions are`;
  return (
    <p class="notice" data-tone="info">
      {many} held. <a href="/review">Release, approve or reject them</a>
    </p>
  );
}
