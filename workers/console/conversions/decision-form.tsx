/** What an operator may decide about a conversion: to hold it, or what becomes of one that is held; each by a button, with a note. */

import type { ReasonView } from "../reasons/fields.ts";
import { type FormState, textAt } from "../shell/form-values.ts";
import { ChoiceField, Faults, TextField } from "../shell/parts/form.tsx";
import { Card } from "../shell/parts/section.tsx";
import type { DecisionName } from "./decisions.ts";
import { rowsIn, textIn } from "./fields-of.ts";
import { whyHeld } from "./why-held.ts";

const LABELS: Record<DecisionName | "undo", string> = {
  hold: "Hold",
  release: "Release",
  approve: "Approve",
  reject: "Reject",
  undo: "Undo the last decision",
};

interface DecisionFormProps {
  conversion: Record<string, unknown>;
  form: FormState;
  /** Names the decision, so that a form that is sent twice decides once. */
  name: string;
  /** Those that a rejection may name. */
  reasons: readonly ReasonView[];
}

export function DecisionForm({ conversion, form, name, reasons }: DecisionFormProps) {
  const choices = [...choicesOf(conversion), ...(wasDecided(conversion) ? (["undo"] as const) : [])];
  return (
    <Card title="Decide" id="decide">
      <p>{situationOf(conversion)}</p>
      <form method="post" class="form" action="#decide" novalidate>
        <input type="hidden" name="idempotency_key" value={textAt(form.values, "idempotency_key") || name} />
        <TextField
          form={form}
          path="why"
          label="Why"
          wide
          help="For operators. It is kept with the conversion and in the audit log, for good."
        />
        {reasons.length === 0 || !choices.includes("reject") ? null : (
          <ChoiceField
            form={form}
            path="reason"
            label="Reason of a rejection"
            options={[
              { value: "", label: "none" },
              ...reasons.map(({ slug, words }) => ({ value: slug, label: words })),
            ]}
            help="The affiliate reads it."
          />
        )}
        <Faults form={form} path="idempotency_key" />
        <div class="form-actions">
          {choices.map((choice) => (
            <button type="submit" name="decision" value={choice}>
              {LABELS[choice]}
            </button>
          ))}
        </div>
      </form>
    </Card>
  );
}

function choicesOf(conversion: Record<string, unknown>): DecisionName[] {
  const hold = textIn(conversion, "hold");
  const status = textIn(conversion, "status");
  if (hold === "held") return status === "reversed" ? ["release"] : ["release", "approve", "reject"];
  if (hold === "rejected_by_operator") return ["approve", "release", "hold"];
  if (status === "reversed") return ["hold"];
  return status === "approved" ? ["hold", "reject"] : ["hold", "approve", "reject"];
}

function situationOf(conversion: Record<string, unknown>): string {
  const hold = textIn(conversion, "hold");
  if (hold === "rejected_by_operator")
    return "An operator rejected it: what its sender says of it is rejected, until it is approved or released.";
  if (hold !== "held")
    return "What its sender says of it counts. On hold it would wait, and the conversion would not be payable.";
  const why = whyHeld(textIn(conversion, "hold_reason"));
  return `It is held, and not payable. ${why} What its sender says of it waits: a release lets all of it count, an approval only what was given back, a rejection nothing.`;
}

/** An operator's entries have a note of who said so; a rule's says what it held it for. */
function wasDecided(conversion: Record<string, unknown>): boolean {
  return rowsIn(conversion, "entries").some((entry) => {
    const note = textIn(entry, "note");
    return note !== null && !note.startsWith("held: ");
  });
}
