/** Who issues statements, as a form. */
import { accept } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import type { FormState } from "../shell/form-values.ts";
import type { Look, Page, PageView } from "../shell/page.ts";
import { Form, TextField } from "../shell/parts/form.tsx";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { saveForm } from "../shell/saved-form.ts";
import { newIssuer, readIssuer, setIssuer } from "./issuer.ts";

export const issuerPage: Page = {
  path: "/issuer",
  roles: holders("statements"),
  async show(look) {
    return accept(view(look, { values: (await readIssuer(look.env)) ?? {}, problem: null }));
  },
  act: (sent) =>
    saveForm({
      form: sent.form,
      schema: newIssuer,
      save: (input) => setIssuer(sent.env, input, { by: sent.user.caller, atMs: sent.nowMs }),
      done: () => "/issuer?done=set",
      again: (form) => view(sent, form),
    }),
};

function view({ url }: Look, form: FormState): PageView {
  return {
    title: "Issuer",
    body: (
      <>
        <Head above={["Statements", "/statements"]} title="Issuer">
          Who issues statements. Each keeps it as it was when it became final: what you change here stands on those that
          become final later.
        </Head>
        {url.searchParams.has("done") ? <Notice tone="good">Saved.</Notice> : null}
        <Card>
          <Form form={form} save="Save" cancel="/statements">
            <TextField form={form} path="name" label="Name" required wide placeholder="Network Ltd" />
            <TextField form={form} path="address" kind="nullable" label="Address" wide rows={4} />
            <TextField form={form} path="vat_number" kind="nullable" label="VAT number" placeholder="DE123456789" />
          </Form>
        </Card>
      </>
    ),
  };
}
