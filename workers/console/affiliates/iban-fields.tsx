/** The fields of an account with an IBAN, in whatever form they stand. */
import type { FormState } from "../shell/form-values.ts";
import { TextField } from "../shell/parts/form.tsx";

export function IbanFields({ form }: { form: FormState }) {
  return (
    <>
      <TextField
        form={form}
        path="holder"
        label="Account holder"
        required
        placeholder="Month End Ltd"
        help="As the bank has it: banks compare the name."
      />
      <TextField form={form} path="iban" label="IBAN" placeholder="DE02 1203 0000 0000 2020 51" />
      <TextField
        form={form}
        path="bic"
        label="BIC"
        placeholder="BYLADEM1001"
        help="Inside SEPA only money in other currencies than EUR needs it."
      />
    </>
  );
}
