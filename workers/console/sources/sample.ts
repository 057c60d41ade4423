/** A sample of a webhook, read by the rules that are given or kept: what would be told to the books. */
import * as v from "valibot";
import { accept, type Result, refuse } from "../../core/result.ts";
import { readSample } from "../../core/sources/read-sample.ts";
import type { Env } from "../env.ts";
import type { Caller } from "../web/caller.ts";
import { fields } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { customRules } from "./fields.ts";
import { findSource, tableOfSource } from "./store.ts";

const MAX_SAMPLE = 65_536;
const MAX_HEADERS = 20;
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;

const headers = v.pipe(
  v.record(v.string(), v.pipe(v.string(), v.maxLength(1_000), v.regex(/^[\x20-\x7e]*$/, "A header is plain ASCII."))),
  v.check(
    (given) => Object.keys(given).length <= MAX_HEADERS && Object.keys(given).every((name) => HEADER_NAME.test(name)),
    `At most ${MAX_HEADERS} headers, each with the name of one.`,
  ),
);

/** `rules` instead of those that are kept; without them the source is read as it is. */
export const sampled = fields({
  body: v.pipe(v.string(), v.maxLength(MAX_SAMPLE, `A sample has at most ${MAX_SAMPLE} characters.`)),
  headers: v.exactOptional(headers),
  rules: v.exactOptional(v.nullable(customRules)),
});

export const sampleAnswer = v.object({
  event: v.nullable(v.string()),
  message: v.nullable(v.string()),
  messages: v.array(v.record(v.string(), v.string())),
  why: v.nullable(v.string()),
  fault: v.nullable(v.string()),
});
export type SampleView = v.InferOutput<typeof sampleAnswer>;

export async function readSampleOf(
  env: Env,
  caller: Caller,
  key: string,
  { body, headers: sent = {}, rules }: v.InferOutput<typeof sampled>,
): Promise<Result<SampleView, Problem>> {
  const found = await findSource(env, caller, key);
  if (!found.ok) return found;
  const { row } = found.value;
  const table = tableOfSource({ source: row.source, rules: rules ?? row.rules });
  if (!table) return refuse({ name: "invalid_input", detail: "Its rules cannot be read: save them anew." });
  const choices = {
    events: row.events,
    test: row.allTest,
    ...(row.basis === null ? {} : { basis: row.basis }),
    ...(row.clickName === null ? {} : { clickName: row.clickName }),
  };
  const read = readSample(table, choices, { body, headers: new Headers(sent) });
  if (read.ok) return accept(read.value);
  const detail =
    table.body === "form" ? "Send the form as it is posted: name=value&…" : "Send JSON, as the platform does.";
  return refuse({ name: "invalid_input", detail, errors: [{ pointer: "#/body", detail }] });
}
