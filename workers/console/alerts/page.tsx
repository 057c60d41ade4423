/** Alerts: what is wrong now, what was, what is watched, and where alerts are sent. */
import { accept, type Result } from "../../core/result.ts";
import { ADMINS, OPERATORS } from "../../core/roles.ts";
import { seeOther } from "../shell/browser-answers.ts";
import { type FormState, readForm } from "../shell/form-values.ts";
import { readFilters } from "../shell/list-query.ts";
import type { Look, Page, PageView } from "../shell/page.ts";
import { TextField } from "../shell/parts/form.tsx";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { Pager, Table } from "../shell/parts/table.tsx";
import { Nothing, Time } from "../shell/parts/values.tsx";
import { readBody } from "../web/input.ts";
import { advertiserKeys } from "../web/keys.ts";
import type { Problem } from "../web/problem.ts";
import type { AlertView } from "./alert.ts";
import { alertList, listAlerts } from "./list.ts";
import { OpenAlerts } from "./open-alerts.tsx";
import { RULE_NAMES, RULES } from "./rules.ts";
import { sendTest } from "./webhook.ts";
import { changeWebhook, hostOf, readWebhook, webhookChange } from "./webhook-setting.ts";

const NO_FAULTS: FormState = { values: {}, problem: null };

export const alertPage: Page = {
  path: "/alerts",
  roles: OPERATORS,
  actors: ADMINS,
  show: (look) => showAlerts(look, NO_FAULTS),
  async act(sent) {
    const { env, form, url, user, nowMs } = sent;
    const asked = form.get("do");
    if (asked === "test") {
      const webhook = await readWebhook(env, await advertiserKeys(env));
      const isTaken = webhook !== null && (await sendTest(webhook, fetch));
      return accept(seeOther(`/alerts?webhook=${isTaken ? "taken" : "failed"}`));
    }
    const values = asked === "remove" ? { url: null } : readForm(form);
    const read = readBody(webhookChange, values);
    if (!read.ok) return showAlerts(sent, { values, problem: read.refusal });
    await changeWebhook(env, read.value, url.origin, { by: user.caller, atMs: nowMs });
    return accept(seeOther(`/alerts?webhook=${read.value.url === null ? "removed" : "saved"}`));
  },
};

async function showAlerts({ env, user, url }: Look, form: FormState): Promise<Result<PageView, Problem>> {
  const query = readFilters(alertList, withoutWebhook(url));
  if (!query.ok) return query;
  const [open, closed, webhook] = await Promise.all([
    listAlerts(env, { state: "open" }),
    listAlerts(env, { ...query.value, state: "closed" }),
    readWebhook(env, await advertiserKeys(env)),
  ]);
  return accept({
    title: "Alerts",
    body: (
      <>
        <WebhookNotice done={url.searchParams.get("webhook")} />
        <Head title="Alerts">
          What is wrong, told from the same hours of the weeks before; looked at every quarter of an hour.
        </Head>
        {open.items.length === 0 ? (
          <Notice tone="good">Nothing is wrong, as far as the rules below can tell.</Notice>
        ) : (
          <OpenAlerts alerts={open.items} />
        )}
        <Card title="Over" flush>
          <ClosedAlerts alerts={closed.items} />
        </Card>
        <Pager url={withoutWebhook(url)} next={closed.next} older="Older" />
        <Card title="What is watched">
          <dl class="parameters watched">
            {RULE_NAMES.map((name) => (
              <div>
                <dt>{RULES[name].label}</dt>
                <dd>{RULES[name].watches}</dd>
              </div>
            ))}
          </dl>
        </Card>
        {user.caller.role === "admin" ? <WebhookForm form={form} host={hostOf(webhook)?.host ?? null} /> : null}
      </>
    ),
  });
}

function ClosedAlerts({ alerts }: { alerts: readonly AlertView[] }) {
  return (
    <Table
      label="Alerts that are over"
      columns={[
        { name: "What", cell: ({ label, path }: AlertView) => <a href={path}>{label}</a> },
        { name: "Of", cell: ({ advertiser, destination }) => advertiser ?? destination ?? <Nothing /> },
        { name: "From", cell: ({ since }) => <Time at={since} /> },
        { name: "Until", cell: ({ closed_at }) => <Time at={closed_at} /> },
        { name: "What was found", cell: ({ said }) => <span class="break">{said}</span> },
      ]}
      rows={alerts}
      empty={<p>No alert has come and gone yet.</p>}
    />
  );
}

function WebhookForm({ form, host }: { form: FormState; host: string | null }) {
  return (
    <Card title="Where alerts are sent" id="webhook">
      {host === null ? (
        <p>Nowhere yet: they are shown here and on the overview.</p>
      ) : (
        <p>
          To a webhook at <strong>{host}</strong>. Its address is a secret, kept sealed and shown to nobody.
        </p>
      )}
      <form method="post" class="form" novalidate>
        <TextField
          form={form}
          path="url"
          required
          label={host === null ? "Address of a webhook" : "Another address"}
          wide
          placeholder="https://hooks.slack.com/services/…"
          help="Slack’s incoming webhooks, and whatever takes the same JSON. https only, on the open internet; redirects are not followed."
        />
        <div class="form-actions">
          <button type="submit" class="primary">
            Save
          </button>
          {host === null ? null : (
            <>
              <button type="submit" name="do" value="test" formnovalidate>
                Send a test
              </button>
              <button type="submit" name="do" value="remove" class="danger" formnovalidate>
                Remove
              </button>
            </>
          )}
        </div>
      </form>
    </Card>
  );
}

function WebhookNotice({ done }: { done: string | null }) {
  switch (done) {
    case "saved":
      return <Notice tone="good">Saved. Send a test to see that it arrives.</Notice>;
    case "removed":
      return <Notice tone="good">Removed: alerts are sent nowhere now.</Notice>;
    case "taken":
      return <Notice tone="good">The webhook took the test.</Notice>;
    case "failed":
      return <Notice tone="bad">The webhook did not take the test: check its address, and the console’s log.</Notice>;
    default:
      return null;
  }
}

function withoutWebhook(url: URL): URL {
  const rest = new URL(url);
  rest.searchParams.delete("webhook");
  return rest;
}
