/** Warnings of what was saved and will not do what its writer may think: macros that do not exist, which become empty in every click. */
import * as v from "valibot";
import { readDestination } from "../../core/click/destination.ts";
import { accept, type Result } from "../../core/result.ts";
import type { Problem } from "../web/problem.ts";

const warning = v.object({ pointer: v.string(), detail: v.string() });
const warnings = v.object({ warnings: v.exactOptional(v.array(warning)) });

/** What may hold a template, as the API shows it. */
interface Templates {
  destination?: string | null;
  fallback_url?: string | null;
  rules?: readonly { destination?: string }[];
}

/** What is answered when something is saved: as it is shown, and warnings besides, if there are any; without them it can be sent back as it is. */
export function savedAnswer<const Entries extends v.ObjectEntries>(shown: v.ObjectSchema<Entries, undefined>) {
  return v.object({ ...shown.entries, ...warnings.entries });
}

/** What was saved, with a warning for each of its templates that has a macro that we do not know. */
export function withWarnings<View extends Templates>(
  saved: Result<View, Problem>,
): Result<View & v.InferOutput<typeof warnings>, Problem> {
  if (!saved.ok) return saved;
  const told = warningsOf(saved.value);
  return accept(told.length > 0 ? { ...saved.value, warnings: told } : saved.value);
}

function warningsOf({ destination, fallback_url, rules = [] }: Templates): v.InferOutput<typeof warning>[] {
  const templates = [
    { pointer: "#/destination", template: destination },
    { pointer: "#/fallback_url", template: fallback_url },
    ...rules.map((rule, index) => ({ pointer: `#/rules/${index}/destination`, template: rule.destination })),
  ];
  return templates.flatMap(({ pointer, template }) => {
    const read = template ? readDestination(template) : null;
    const unknown = read?.ok ? read.value.unknownMacros : [];
    return unknown.map((name) => ({
      pointer,
      detail: `{${name}} is no macro of ours: it becomes empty in every click.`,
    }));
  });
}
