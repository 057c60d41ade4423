/** Reads an operator's own rules: the same table that a known platform has, as JSON, with defaults for what most leave out. */
import * as v from "valibot";
import { isRecord } from "../is-record.ts";
import { SENT_STATUSES } from "../postback/sent-status.ts";
import { accept, type Result, refuse } from "../result.ts";
import { SOURCE_FUNCTIONS } from "./source-functions.ts";
import type { SourceCondition, SourceProof, SourceSum, SourceTable, SourceValue } from "./source-table.ts";

export const MAX_RULES_LENGTH = 32_768;
/** Deeper ones nobody reads. */
const MAX_DEPTH = 16;
const MAX_ITEMS = 50;
const MAX_TEXT = 256;
const MIN_TOLERANCE_S = 30;
const MAX_TOLERANCE_S = 3_600;

const text = v.pipe(v.string(), v.maxLength(MAX_TEXT));
const path = v.pipe(text, v.nonEmpty());
const headerName = v.pipe(text, v.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/));
const names = v.pipe(v.array(v.pipe(path, v.toLowerCase())), v.maxLength(MAX_ITEMS));
const list = <const Item extends v.GenericSchema>(item: Item) => v.pipe(v.array(item), v.maxLength(MAX_ITEMS));
const optional = v.exactOptional;

const value: v.GenericSchema<unknown, SourceValue> = v.lazy(() =>
  v.union([
    path,
    v.strictObject({ text }),
    v.strictObject({ header: headerName }),
    v.strictObject({ first: list(value) }),
    v.strictObject({ join: list(value) }),
    v.strictObject({ entry: path, named: optional(names), key: optional(path), value: optional(path) }),
    v.strictObject({ member: text, named: optional(names), value: optional(path) }),
    v.strictObject({ query: value, named: optional(names) }),
    v.strictObject({ words: value, mean: v.record(text, text) }),
    v.strictObject({ lower: value }),
    v.strictObject({ upper: value }),
    v.strictObject({ by: v.picklist([...SOURCE_FUNCTIONS.keys()]), at: path }),
  ]),
);

const condition: v.GenericSchema<unknown, SourceCondition> = v.lazy(() =>
  v.strictObject({
    at: value,
    is: optional(list(text)),
    isNot: optional(list(text)),
    exists: optional(v.boolean()),
    zero: optional(v.boolean()),
  }),
);

const sum: v.GenericSchema<unknown, SourceSum> = v.lazy(() =>
  v.union([
    path,
    v.strictObject({ number: v.pipe(text, v.regex(/^\d{1,15}(?:\.\d{1,6})?$/)) }),
    v.strictObject({ plus: list(sum), minus: optional(list(sum)) }),
    v.strictObject({ sumOf: path, each: path, where: list(condition) }),
    v.strictObject({ share: sum, part: sum, whole: sum }),
    v.strictObject({ of: sum, without: list(path) }),
    v.strictObject({ first: list(v.strictObject({ sum, when: optional(list(condition)) })) }),
  ]),
);

const fields = {
  txid: optional(value),
  also_txid: optional(value),
  currency: optional(value),
  occurred_at: optional(value),
  click_id: optional(list(value)),
  coupon: optional(value),
  customer: optional(value),
  meta: optional(v.record(v.pipe(text, v.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/)), value)),
};

const said = v.pipe(
  v.strictObject({
    ...fields,
    event: optional(path),
    status: v.picklist(SENT_STATUSES),
    amount: optional(sum),
    refunded_total: optional(sum),
    refund_id: optional(value),
    each: optional(path),
    when: optional(list(condition)),
    withClick: optional(v.literal(true)),
    always: optional(v.literal(true)),
  }),
  v.check(
    ({ refunded_total, amount, refund_id }) => refunded_total === undefined || (amount ?? refund_id) === undefined,
    "A message tells the total that was given back, or one refund, and never both.",
  ),
);

const tolerance = v.pipe(v.number(), v.integer(), v.minValue(MIN_TOLERANCE_S), v.maxValue(MAX_TOLERANCE_S));
const proof: v.GenericSchema<unknown, SourceProof> = v.variant("scheme", [
  v.strictObject({
    scheme: v.literal("hmac"),
    header: headerName,
    encoding: v.picklist(["base64", "hex"]),
    prefix: optional(text),
  }),
  v.strictObject({
    scheme: v.literal("stamped"),
    header: headerName,
    between: path,
    time: path,
    mac: path,
    joint: text,
    toleranceS: tolerance,
  }),
  v.strictObject({ scheme: v.literal("standard_webhooks"), toleranceS: optional(tolerance, 300) }),
  v.strictObject({ scheme: v.literal("header"), header: headerName, prefix: optional(text) }),
  v.strictObject({ scheme: v.literal("url") }),
]);

const rules = v.strictObject({
  proof,
  body: optional(v.picklist(["json", "form"]), "json"),
  event: optional(value, { text: "webhook" }),
  message: optional(v.nullable(value), null),
  test: optional(v.nullable(list(condition)), null),
  unit: optional(v.picklist(["major", "minor"]), "major"),
  digits: optional(
    v.record(v.pipe(text, v.regex(/^[A-Z]{3}$/)), v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(6))),
  ),
  fields: optional(v.strictObject(fields), {}),
  answers: optional(v.strictObject({ accepted: optional(v.pipe(text, v.nonEmpty())) }), {}),
  rules: v.pipe(
    list(v.strictObject({ when: optional(list(condition), []), says: list(said), why: optional(text) })),
    v.nonEmpty("Write a rule: what an event means."),
  ),
});

/** Refuses with a sentence that says where and what; the rest of it may be wrong too. */
export function readCustomRules(input: unknown): Result<SourceTable, string> {
  if (!isRecord(input)) return refuse("rules are an object of JSON with proof, fields and rules");
  if (depthOf(input) > MAX_DEPTH) return refuse(`rules are at most ${MAX_DEPTH} deep`);
  const read = v.safeParse(rules, input);
  if (!read.success) {
    const [issue] = read.issues;
    return refuse(`${v.getDotPath(issue) ?? "rules"}: ${issue.message}`);
  }
  const { answers, ...table } = read.output;
  return accept({
    ...table,
    label: "Custom",
    // Nobody knows whether it understands 429.
    answers: { ...answers, busy: 503 },
    bases: { total: { label: "as the rules say", parts: {} } },
  });
}

function depthOf(root: unknown): number {
  let level: unknown[] = [root];
  for (let depth = 0; ; depth++) {
    level = level.flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []));
    if (level.length === 0 || depth > MAX_DEPTH) return depth;
  }
}
