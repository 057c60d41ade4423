/** What an operator may decide about a conversion: to hold it, or what becomes of one that is held; each by a button, with a note. */
import { type FormState, textAt } from "../shell/form-values.ts";
import { Faults, TextField } from "../shell/parts/form.tsx";
import { Card } from "../shell/parts/section.tsx";
import type { DecisionName } from "./decisions.ts";
import { textIn } from "./fields-of.ts";

const LABELS: Record<DecisionName, string> = { hold: "Hold", release: "Release", approve: "Approve", reject: "Reject" };

/** Why a conversion is held, in words. */
const REASONS: Record<string, string> = {
  by_hand: "An operator held it.",
  affiliate_review: "Its affiliate was in review when it came.",
  large_amount: "It is worth more than counts unseen on its offer.",
};

interface DecisionFormProps {
  conversion: Record<string, unknown>;
  form: FormState;
  /** Names the decision, so that a form that is sent twice decides once. */
  name: string;
}

export function DecisionForm({ conversion, form, name }: DecisionFormProps) {
  const choices = choicesOf(conversion);
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
          required
          help="It stands in the conversion’s account and in the audit log for ever."
        />
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
  const why = REASONS[textIn(conversion, "hold_reason") ?? ""] ?? "";
  return `It is held, and not payable. ${why} What its sender says of it waits: a release lets all of it count, an approval only what was given back, a rejection nothing.`;
}
