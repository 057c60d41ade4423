/** Who an affiliate is on its statements, as a form that it fills in itself. */
import { accept } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import type { FormState } from "../shell/form-values.ts";
import type { Look, Page, PageView } from "../shell/page.ts";
import { Form, TextField } from "../shell/parts/form.tsx";
import { Head } from "../shell/parts/section.tsx";
import { saveForm } from "../shell/saved-form.ts";
import type { StoredAffiliate } from "./fields.ts";
import { changePayee, payeeChange, payeeFields } from "./payee.ts";
import { findAffiliate, readAffiliate } from "./store.ts";

export const payeePage: Page = {
  path: "/affiliates/:slug/payee",
  roles: holders("payee"),
  async show(look) {
    const { env, user, key } = look;
    const [found, values] = await Promise.all([
      findAffiliate(env, user.caller, key),
      readAffiliate(env, user.caller, key),
    ]);
    if (!found.ok) return found;
    return values.ok ? accept(view(look, found.value, { values: values.value, problem: null })) : values;
  },
  async act(sent) {
    const { env, user, key } = sent;
    const found = await findAffiliate(env, user.caller, key);
    if (!found.ok) return found;
    return saveForm({
      form: sent.form,
      schema: payeeChange,
      save: (input) => changePayee(env, key, input, { by: user.caller, atMs: sent.nowMs }),
      done: () => `/affiliates/${encodeURIComponent(key)}?done=saved`,
      again: (form) => view(sent, found.value, form),
    });
  },
};

/** Its page of an affiliate. */
export function payeePath(slug: string): string {
  return `/affiliates/${encodeURIComponent(slug)}/payee`;
}

function view({ user }: Look, { row }: StoredAffiliate, form: FormState): PageView {
  const above = [row.name, `/affiliates/${encodeURIComponent(row.slug)}`] as const;
  return {
    title: `Who ${row.name} is on its statements`,
    body: (
      <>
        <Head above={above} title="On its statements">
          {user.caller.role === "affiliate"
            ? "Who you are on your statements. Each keeps it as it was when it became final; the operator sees when you change it."
            : "Who it is on its statements. Each keeps it as it was when it became final."}
        </Head>
        <Form form={form} save="Save" cancel={above[1]}>
          {Object.entries(payeeFields).map(([name, { form: asked }]) => (
            <TextField form={form} path={name} {...asked} />
          ))}
        </Form>
      </>
    ),
  };
}
