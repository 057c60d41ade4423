/** Where an affiliate's money goes: its bank details by their end, since when and by whom; whole to who asks for them and is logged. An affiliate says its own. */
import type { Child } from "hono/jsx";
import { accept, type Result, refuse } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { seeOther } from "../shell/browser-answers.ts";
import type { FormState } from "../shell/form-values.ts";
import type { Look, Page, PageView, Submission } from "../shell/page.ts";
import { Form, TextField } from "../shell/parts/form.tsx";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { Details, Time } from "../shell/parts/values.tsx";
import { saveForm } from "../shell/saved-form.ts";
import type { Problem } from "../web/problem.ts";
import { forgetBankDetails, isFreeText, newBankDetails, readBankDetails, setBankDetails } from "./bank-details.ts";
import { MASK, type StoredAffiliate } from "./fields.ts";
import { IbanFields } from "./iban-fields.tsx";
import { sameAccountNotice } from "./same-account-notice.tsx";
import { findAffiliate } from "./store.ts";

const EMPTY: FormState = { values: {}, problem: null };
const DONE: Record<string, string> = { set: "Set, and sealed.", forgotten: "Forgotten." };

export const bankPage: Page = {
  path: "/affiliates/:slug/bank-details",
  roles: holders("payee"),
  async show(look) {
    const found = await findAffiliate(look.env, look.user.caller, look.key);
    return found.ok ? accept(view(look, await standing(look, found.value), EMPTY)) : found;
  },
  act,
};

/** The page of the bank details of an affiliate. */
export function bankPath(slug: string): string {
  return `/affiliates/${encodeURIComponent(slug)}/bank-details`;
}

/** What is known of it without showing it. */
interface Standing extends StoredAffiliate {
  isFreeText: boolean;
  /** Who else is paid to the account: operators are told, and no affiliate. */
  sameAccount: Child;
}

async function standing({ env, nowMs, user }: Look, { row }: StoredAffiliate): Promise<Standing> {
  const { number, slug, bankDetails: bank_details } = row;
  const sameAccount = user.caller.scope === "everything" ? await sameAccountNotice(env, [slug]) : null;
  return { row, isFreeText: await isFreeText(env, { number, slug, bank_details }, nowMs), sameAccount };
}

async function act(sent: Submission): Promise<Result<PageView | Response, Problem>> {
  const { env, user, key, form } = sent;
  const change = { by: user.caller, atMs: sent.nowMs };
  const found = await findAffiliate(env, user.caller, key);
  if (!found.ok) return found;
  const stands = await standing(sent, found.value);
  if (form.has("show")) {
    if (!may(user.caller, "payment_details")) return refuse(NOT_SHOWN);
    const read = await readBankDetails(env, key, change);
    return read.ok ? accept(view(sent, stands, EMPTY, read.value.details)) : read;
  }
  if (form.has("forget")) {
    const gone = await forgetBankDetails(env, key, change);
    return gone.ok ? accept(seeOther(`${bankPath(key)}?done=forgotten`)) : gone;
  }
  return saveForm({
    form,
    schema: newBankDetails,
    save: (input) => setBankDetails(env, key, input, change),
    done: () => `${bankPath(key)}?done=set`,
    again: (state) => view(sent, stands, state),
  });
}

const NOT_SHOWN: Problem = {
  name: "not_allowed",
  detail: "Bank details are shown whole to who sees how affiliates are paid: an admin, or finance.",
};

function view(
  look: Look,
  { row, isFreeText, sameAccount }: Standing,
  form: FormState,
  whole: string | null = null,
): PageView {
  const { user, url } = look;
  const above = [row.name, `/affiliates/${encodeURIComponent(row.slug)}`] as const;
  const done = DONE[url.searchParams.get("done") ?? ""];
  const isOwn = user.caller.role === "affiliate";
  const { bankChangedAtMs: changedAtMs } = row;
  return {
    title: `Bank details of ${row.name}`,
    body: (
      <>
        <Head above={above} title="Bank details">
          {isOwn
            ? "The account that you are paid to. The operator sees when you change it, and may ask you whether it was you."
            : "The account that it is paid to: sealed, and shown whole to who asks. Every look and every change is in the audit log."}
        </Head>
        {done === undefined ? null : <Notice tone="good">{done}</Notice>}
        {sameAccount}
        {row.bankHint === null ? (
          <Notice tone="warn">
            <p>There are none yet{changedAtMs === null ? "" : ": they were taken away"}.</p>
          </Notice>
        ) : (
          <Card>
            <Details
              details={[
                ["Bank details", whole === null ? `${MASK}${row.bankHint}` : <bdi class="words">{whole}</bdi>],
                [
                  "Since",
                  changedAtMs === null ? "before this was kept" : <Time at={new Date(changedAtMs).toISOString()} />,
                ],
                ["Set by", isOwn ? null : row.bankChangedBy],
              ]}
            />
            <form method="post" class="form-actions">
              {may(user.caller, "payment_details") && whole === null ? (
                <button type="submit" name="show" value="1">
                  Show whole
                </button>
              ) : null}
              <button type="submit" name="forget" value="1">
                Forget them
              </button>
            </form>
          </Card>
        )}
        {isFreeText ? (
          <Notice tone="info">
            <p>
              They are free text. {isOwn ? "You are" : "It is"} paid by them as before, but a file of credit transfers
              needs an account in its fields: write it anew.
            </p>
          </Notice>
        ) : null}
        <Card title={row.bankHint === null ? "Set a bank account" : "Set another bank account"}>
          <Form form={formOf(form, false)} save="Set" cancel={above[1]}>
            <IbanFields form={formOf(form, false)} />
            <details class="more" open={form.problem !== null}>
              <summary>It has no IBAN</summary>
              <div class="more-fields">
                <TextField form={formOf(form, false)} path="account_number" label="Account number" />
                <TextField
                  form={formOf(form, false)}
                  path="bank_code"
                  label="Bank code"
                  placeholder="021000021"
                  help="A routing number, sort code, BSB or the like."
                />
                <TextField
                  form={formOf(form, false)}
                  path="country"
                  label="Country of the bank"
                  placeholder="US"
                  help="Two letters."
                />
              </div>
            </details>
          </Form>
        </Card>
        <Card title="Paid in another way">
          <Form form={formOf(form, true)} save="Set this" cancel={above[1]}>
            <TextField
              form={formOf(form, true)}
              path="details"
              label="Where to"
              required
              wide
              placeholder="PayPal pay@blog.example"
              help="What is no bank account. It is shown by its last four characters, and no file of credit transfers can have it."
            />
          </Form>
        </Card>
      </>
    ),
  };
}

/** Two forms stand on the page: what was sent of the one says nothing in the other. */
function formOf(form: FormState, isText: boolean): FormState {
  const wasText = Object.hasOwn(Object(form.values), "details");
  return form.problem === null || wasText === isText ? form : EMPTY;
}
