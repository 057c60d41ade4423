/** Ready templates by name: traffic sources and trackers of the library, and tools that take JSON of their own. */
import { READY_TOOLS, type ReadyToolName, readyTool, templateForTool } from "../../core/courier/ready-tools.ts";
import type { AnswerRules } from "../../core/courier/receivers-answer.ts";
import type { Template } from "../../core/courier/template.ts";
import { type LibraryEntry, TEMPLATE_LIBRARY, templateFrom } from "../../core/courier/template-library.ts";

/** What is asked of the account there. */
interface AccountField {
  name: string;
  label: string;
  secret?: true;
  options?: readonly string[];
}

/** One of them, whichever list it is from. */
export interface ReadyTemplate {
  name: string;
  kind: "source" | "tracker" | "tool";
  fields: AccountField[];
  /** What stands in the link at the source as the value of `external_id`; null where it is not known, or there is none. */
  clickToken: string | null;
  note: string | null;
  /** Where it was found: a vendor's page, or in words. */
  source: string;
  answers: Partial<AnswerRules>;
  deduplicates: boolean;
  /** True for a receiver that a refund would look like another sale to. */
  hearsOfSalesOnly: boolean;
  /** With these values, and the macro that names the person; null where one is missing or not of its form. */
  write(values: Readonly<Record<string, string>>, person: string | null): Template | null;
}

/** All of them, by name. */
export const READY_TEMPLATES: ReadonlyMap<string, ReadyTemplate> = new Map(
  [...TEMPLATE_LIBRARY.map(fromLibrary), ...READY_TOOLS.map(fromTools)].map((ready) => [ready.name, ready]),
);

function fromLibrary(entry: LibraryEntry): ReadyTemplate {
  const { name, kind, fields, clickToken, note = null, source, answers = {} } = entry;
  return {
    ...{ name, kind, fields, clickToken, note, source, answers },
    deduplicates: entry.deduplicates === true,
    hearsOfSalesOnly: entry.hearsRefunds !== true,
    write: (values) => templateFrom(entry, values),
  };
}

function fromTools(name: ReadyToolName): ReadyTemplate {
  const { label, fields, note, page, answers, deduplicates } = readyTool(name);
  return {
    ...{ name: label, kind: "tool", fields, note, source: page, answers, deduplicates },
    clickToken: null,
    hearsOfSalesOnly: false,
    write: (values, person) => (person === null ? null : templateForTool(name, person, values)),
  };
}
