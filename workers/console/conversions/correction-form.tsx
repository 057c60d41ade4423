/** What an operator may do with a conversion: the moves that its status allows, each with a note. */
import { type FormState, textAt } from "../shell/form-values.ts";
import { ChoiceField, Faults, type Option, TextField } from "../shell/parts/form.tsx";
import { Card } from "../shell/parts/section.tsx";
import { textIn } from "./fields-of.ts";

const APPROVE = { value: "approved", label: "Approve it" };
const REJECT = { value: "rejected", label: "Reject it" };
const REVERSE = { value: "reversed", label: "Reverse it: give back an amount, or all of it" };
const RESTATE = { value: "", label: "Restate its amount" };

const REINSTATE = { value: "reinstated", label: "Reinstate it: undo a reversal" };

/** A part that was given back can be reinstated in any status. */
const MOVES: Record<string, readonly Option[]> = {
  pending: [APPROVE, REJECT, RESTATE, REVERSE, REINSTATE],
  rejected: [APPROVE, REVERSE, REINSTATE],
  approved: [REVERSE, REINSTATE, RESTATE],
  reversed: [REINSTATE],
};

interface CorrectionFormProps {
  conversion: Record<string, unknown>;
  form: FormState;
  /** Names the correction, so that a form that is sent twice gives back once. */
  name: string;
}

export function CorrectionForm({ conversion, form, name }: CorrectionFormProps) {
  const allowed = MOVES[textIn(conversion, "status") ?? ""];
  if (allowed === undefined) return null;
  // What waits behind a hold would stand against another amount.
  const moves = textIn(conversion, "hold") === "held" ? allowed.filter((move) => move !== RESTATE) : allowed;
  return (
    <Card title="Correct it" id="correct">
      <form method="post" class="form" action="#correct" novalidate>
        <input type="hidden" name="idempotency_key" value={textAt(form.values, "idempotency_key") || name} />
        <ChoiceField form={form} path="status" label="What to do" options={moves} />
        <TextField
          form={form}
          path="amount"
          label={`Amount, ${textIn(conversion, "currency")}`}
          placeholder={textIn(conversion, "amount") ?? ""}
          help="To reverse: what is given back; left empty, all of it. To restate: what the sale amounts to."
        />
        <TextField
          form={form}
          path="refund_id"
          label="Refund"
          help="Its name, to reverse or reinstate a part of it. To reinstate, left empty: the last reversal of the whole."
        />
        <TextField
          form={form}
          path="note"
          label="Note"
          wide
          required
          help="Why. It is kept with the conversion and in the audit log, for good."
        />
        {form.problem?.errors?.some((fault) => "pointer" in fault && fault.pointer === "#") ? (
          <p class="fault">{form.problem.detail}</p>
        ) : null}
        <Faults form={form} path="idempotency_key" />
        <div class="form-actions">
          <button type="submit" class="primary">
            Send the correction
          </button>
        </div>
      </form>
    </Card>
  );
}
