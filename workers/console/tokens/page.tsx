/** Tokens of the API and the console: made here, shown once, revoked at once. */
import { accept } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { DAY_MS } from "../../core/time-units.ts";
import { SetUpFields } from "../set-up/form.tsx";
import { seeOther } from "../shell/browser-answers.ts";
import { type FormState, readForm } from "../shell/form-values.ts";
import { readFilters } from "../shell/list-query.ts";
import type { Look, Page, PageView } from "../shell/page.ts";
import { isNamed, Named } from "../shell/parts/named.tsx";
import { Card, DoneNotice, Head } from "../shell/parts/section.tsx";
import { Pager, Table } from "../shell/parts/table.tsx";
import { Clipped, Copyable, Nothing, Time } from "../shell/parts/values.tsx";
import { readFormBody } from "../shell/saved-form.ts";
import type { Problem } from "../web/problem.ts";
import { newToken, type TokenView, tokenFields, tokenList } from "./fields.ts";
import { createToken, listTokens, revokeToken } from "./store.ts";

export const tokenPages: Page[] = [
  {
    path: "/tokens",
    roles: holders("tokens"),
    show: (look) => showTokens(look, { values: {}, problem: null }, null),
    async act(sent) {
      const { env, user, form, nowMs } = sent;
      const change = { by: user.caller, atMs: nowMs };
      const revoked = form.get("revoke");
      if (revoked !== null) {
        const done = await revokeToken(env, revoked, change);
        return done.ok ? accept(seeOther("/tokens?done=revoked")) : done;
      }
      const values = readForm(form);
      const again = (problem: Problem) => showTokens(sent, { values, problem }, null);
      const read = readFormBody(newToken, form, values);
      if (!read.ok) return again(read.refusal);
      const made = await createToken(env, read.value, change);
      // Its text is in this one answer: there is no page to go to that could show it again.
      return made.ok ? showTokens(sent, { values: {}, problem: null }, made.value) : again(made.refusal);
    },
  },
];

async function showTokens(look: Look, form: FormState, made: { name: string; token: string } | null) {
  const { env, url } = look;
  const query = readFilters(tokenList, url);
  if (!query.ok) return query;
  const { items, next } = await listTokens(env, query.value);
  const body = (
    <>
      <DoneNotice url={url} />
      <Head title="Tokens">Who may read or change what, in the console and over the API.</Head>
      {made === null ? null : <Made made={made} />}
      <Card title="Valid tokens" flush>
        <TokenTable tokens={items} nowMs={look.nowMs} />
      </Card>
      <Pager url={url} next={next} />
      <NewTokenForm form={form} />
    </>
  );
  const view: PageView = { title: "Tokens", body };
  return accept(view);
}

function Made({ made: { name, token } }: { made: { name: string; token: string } }) {
  return (
    <div class="notice" data-tone="good" role="status">
      <p>
        <strong>
          The token “<bdi>{name}</bdi>” is made.
        </strong>{" "}
        Copy it now: it is not shown again, and only its hash is stored.
      </p>
      <Copyable id="new-token" label="New token" text={token} />
    </div>
  );
}

/** What ends soon, or has ended, is marked: who uses it has to be given another one. */
const SOON_MS = 14 * DAY_MS;

function Expiry({ at, nowMs }: { at: string | null; nowMs: number }) {
  const leftMs = at === null ? Number.POSITIVE_INFINITY : Date.parse(at) - nowMs;
  return (
    <>
      <Time at={at} />{" "}
      {leftMs > SOON_MS ? null : (
        <span class="status" data-tone={leftMs <= 0 ? "bad" : "warn"}>
          {leftMs <= 0 ? "expired" : "soon"}
        </span>
      )}
    </>
  );
}

function TokenTable({ tokens, nowMs }: { tokens: readonly TokenView[]; nowMs: number }) {
  return (
    <Table
      label="Tokens"
      columns={[
        { name: "Name", cell: ({ name }: TokenView) => <Clipped text={name} /> },
        { name: "Role", cell: ({ role }) => role },
        {
          name: "Of",
          cell: ({ role, subject }) => (isNamed(role) ? <Named of={role} slug={subject} /> : (subject ?? <Nothing />)),
        },
        { name: "Made", cell: ({ created_at }) => <Time at={created_at} /> },
        { name: "Last used", cell: ({ last_used_at }) => <Time at={last_used_at} /> },
        { name: "Expires", cell: ({ expires_at }) => <Expiry at={expires_at} nowMs={nowMs} /> },
        {
          name: "",
          cell: ({ id, name }) => (
            <form method="post" data-confirm={`Revoke the token “${name}”? Whoever uses it is shut out at once.`}>
              <button type="submit" class="quiet danger" name="revoke" value={id} aria-label={`Revoke ${name}`}>
                Revoke
              </button>
            </form>
          ),
        },
      ]}
      rows={tokens}
      empty={
        <p>
          No tokens yet. Make one for each program, and invite <a href="/people">people</a>, instead of handing the
          console’s own token around.
        </p>
      }
    />
  );
}

function NewTokenForm({ form }: { form: FormState }) {
  return (
    <Card title="New token">
      <form method="post" class="form" novalidate>
        <SetUpFields fields={tokenFields} form={form} present={null} suggestions={{}} />
        <div class="form-actions">
          <button type="submit" class="primary">
            Make token
          </button>
        </div>
      </form>
    </Card>
  );
}
