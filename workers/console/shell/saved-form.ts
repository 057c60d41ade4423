/** What becomes of a form that was sent: shown again with another group, shown again with what is wrong, or done. */
import { accept, type Result, refuse } from "../../core/result.ts";
import { readBody, type Schema } from "../web/input.ts";
import { invalidPlaces, type Problem } from "../web/problem.ts";
import { seeOther } from "./browser-answers.ts";
import { changeGroups, changeOfGroups, type FormState, formFaults, groupAsked, readForm } from "./form-values.ts";
import type { PageView } from "./page.ts";
import { changedSince } from "./seen-values.ts";

interface Saving<Input, Saved> {
  form: URLSearchParams;
  schema: Schema<Input>;
  /** What the form says, as the API's call takes it; by default as it is. */
  prepare?(values: unknown): unknown;
  /** What is changed, as it is now: what somebody else changed since the form was made is not undone unasked. */
  present?: object;
  save(input: Input): Promise<Result<Saved, Problem>>;
  /** Where to go when it is done. */
  done(saved: Saved): string;
  /** The page with the form as it was sent. */
  again(form: FormState): PageView;
}

/** The same schema and the same function as the API's call, with the faults beside the fields. */
export async function saveForm<Input, Saved>(
  saving: Saving<Input, Saved>,
): Promise<Result<PageView | Response, Problem>> {
  const values = readForm(saving.form);
  const asked = groupAsked(saving.form);
  if (asked) {
    const changed = changeGroups(values, asked);
    return accept(saving.again({ values: changed, problem: null, changed: changeOfGroups(changed, asked) }));
  }
  const again = (problem: Problem) => accept(saving.again({ values, problem }));
  const read = readFormBody(saving.schema, saving.form, saving.prepare ? saving.prepare(values) : values);
  if (!read.ok) return again(read.refusal);
  const stale = saving.present ? changedSince(saving.form, values, saving.present) : null;
  if (stale) return again(stale);
  const saved = await saving.save(read.value);
  return saved.ok ? accept(seeOther(saving.done(saved.value))) : again(saved.refusal);
}

/** The values of a form, read by a schema: refused too where the form says what no value holds. */
export function readFormBody<Input>(
  schema: Schema<Input>,
  form: URLSearchParams,
  values: unknown,
): Result<Input, Problem> {
  const faults = formFaults(form);
  return faults.length === 0 ? readBody(schema, values) : refuse(invalidPlaces(faults));
}
