/** An alert as the books keep it, and as the API and the pages show it. */
import * as v from "valibot";
import { formatInstant } from "../../core/instant.ts";
import { RULE_NAMES, RULES, type RuleName } from "./rules.ts";

export interface AlertRow {
  number: number;
  rule: string;
  subject: string;
  since: number;
  opened_at: number;
  seen_at: number;
  calm_since: number | null;
  closed_at: number | null;
  said: string;
  path: string;
  opening_told_at: number | null;
  closing_told_at: number | null;
  told_again_at: number | null;
}

export const alertAnswer = v.object({
  number: v.number(),
  rule: v.picklist(RULE_NAMES),
  label: v.string(),
  /** The advertiser, the affiliate or the destination that it is about; all null where it is the whole system. */
  advertiser: v.nullable(v.string()),
  affiliate: v.nullable(v.string()),
  destination: v.nullable(v.string()),
  said: v.string(),
  since: v.string(),
  opened_at: v.string(),
  closed_at: v.nullable(v.string()),
  /** Where the rows are, on the console. */
  path: v.string(),
});
export type AlertView = v.InferOutput<typeof alertAnswer>;

/** A rule that this version does not know any more is shown as dead letters would be: nobody overlooks it. */
export function alertView(row: AlertRow): AlertView {
  const rule = RULE_NAMES.find((name) => name === row.rule) ?? ("dead_letters" satisfies RuleName);
  const { about } = RULES[rule];
  return {
    number: row.number,
    rule,
    label: RULES[rule].label,
    advertiser: about === "advertiser" ? row.subject : null,
    // With a number behind the slug, since several may be open of one.
    affiliate: about === "affiliate" ? (row.subject.split("/")[0] ?? null) : null,
    destination: about === "destination" ? row.subject : null,
    said: row.said,
    since: formatInstant(row.since),
    opened_at: formatInstant(row.opened_at),
    closed_at: row.closed_at === null ? null : formatInstant(row.closed_at),
    path: row.path,
  };
}
