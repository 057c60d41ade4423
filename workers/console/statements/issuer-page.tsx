/** Who issues statements, and the account that affiliates are paid from, each as a form. */
import { accept, type Result } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { IbanFields } from "../affiliates/iban-fields.tsx";
import { seeOther } from "../shell/browser-answers.ts";
import type { FormState } from "../shell/form-values.ts";
import type { Look, Page, PageView, Submission } from "../shell/page.ts";
import { Form, TextField } from "../shell/parts/form.tsx";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { Details, Time } from "../shell/parts/values.tsx";
import { saveForm } from "../shell/saved-form.ts";
import type { Problem } from "../web/problem.ts";
import { newIssuer, readIssuer, setIssuer } from "./issuer.ts";
import {
  forgetIssuerAccount,
  type MaskedAccount,
  maskedIssuerAccount,
  newIssuerAccount,
  readIssuerAccount,
  setIssuerAccount,
} from "./issuer-account.ts";

const EMPTY: FormState = { values: {}, problem: null };
const DONE: Record<string, string> = {
  set: "Saved.",
  account: "The account is set, and sealed.",
  forgotten: "The account is forgotten.",
};

export const issuerPage: Page = {
  path: "/issuer",
  roles: holders("statements"),
  async show(look) {
    return accept(view(look, await standing(look)));
  },
  act,
};

/** What the page shows. */
interface Standing {
  issuer: FormState;
  written: FormState;
  account: MaskedAccount | null;
  /** Where it was asked for. */
  whole: string | null;
}

async function standing({ env }: Look): Promise<Standing> {
  const [issuer, account] = await Promise.all([readIssuer(env), maskedIssuerAccount(env)]);
  return { issuer: { values: issuer ?? {}, problem: null }, written: EMPTY, account, whole: null };
}

async function act(sent: Submission): Promise<Result<PageView | Response, Problem>> {
  const { env, form } = sent;
  const change = { by: sent.user.caller, atMs: sent.nowMs };
  const stands = await standing(sent);
  if (form.has("show")) {
    const read = await readIssuerAccount(env, change);
    return read.ok ? accept(view(sent, { ...stands, whole: read.value.details })) : read;
  }
  if (form.has("forget")) {
    const gone = await forgetIssuerAccount(env, change);
    return gone.ok ? accept(seeOther("/issuer?done=forgotten")) : gone;
  }
  if (form.has("holder:required"))
    return saveForm({
      form,
      schema: newIssuerAccount,
      save: (input) => setIssuerAccount(env, input, change),
      done: () => "/issuer?done=account",
      again: (written) => view(sent, { ...stands, written }),
    });
  return saveForm({
    form,
    schema: newIssuer,
    save: (input) => setIssuer(env, input, change),
    done: () => "/issuer?done=set",
    again: (issuer) => view(sent, { ...stands, issuer }),
  });
}

function view({ url }: Look, { issuer, written, account, whole }: Standing): PageView {
  const done = DONE[url.searchParams.get("done") ?? ""];
  return {
    title: "Issuer",
    body: (
      <>
        <Head above={["Statements", "/statements"]} title="Issuer">
          Who issues statements. Each keeps it as it was when it became final: what you change here stands on those that
          become final later.
        </Head>
        {done === undefined ? null : <Notice tone="good">{done}</Notice>}
        <Card>
          <Form form={issuer} save="Save" cancel="/statements">
            <TextField form={issuer} path="name" label="Name" required wide placeholder="Network Ltd" />
            <TextField form={issuer} path="address" kind="nullable" label="Address" wide rows={4} />
            <TextField form={issuer} path="vat_number" kind="nullable" label="VAT number" placeholder="DE123456789" />
          </Form>
        </Card>
        <Card title="The account that affiliates are paid from">
          {account === null ? (
            <p class="help">A file of credit transfers needs it. It is sealed, and shown by its end.</p>
          ) : (
            <>
              <Details
                details={[
                  ["Account", whole === null ? account.account : <bdi class="words">{whole}</bdi>],
                  ["Since", <Time at={account.since} />],
                  ["Set by", <bdi>{account.set_by}</bdi>],
                ]}
              />
              <form method="post" class="form-actions">
                {whole === null ? (
                  <button type="submit" name="show" value="1">
                    Show whole
                  </button>
                ) : null}
                <button type="submit" name="forget" value="1">
                  Forget it
                </button>
              </form>
            </>
          )}
          <Form form={written} save={account === null ? "Set" : "Set another"} cancel="/statements">
            <IbanFields form={written} />
          </Form>
        </Card>
      </>
    ),
  };
}
