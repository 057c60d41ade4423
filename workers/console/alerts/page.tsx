/** Alerts: what is wrong now, what was, what is watched, and where alerts are sent. */
import { accept, type Result } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { seeOther } from "../shell/browser-answers.ts";
import { type FormState, readForm } from "../shell/form-values.ts";
import { readFilters } from "../shell/list-query.ts";
import type { Look, Page, PageView } from "../shell/page.ts";
import { ChoiceField, TextField } from "../shell/parts/form.tsx";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { Pager, Table } from "../shell/parts/table.tsx";
import { Nothing, Time } from "../shell/parts/values.tsx";
import { readBody } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import type { AlertView } from "./alert.ts";
import { type AlertDestination, alertAddress, alertDestinations, changeAlertAddress } from "./alert-destination.ts";
import { alertList, listAlerts } from "./list.ts";
import { alertSubject, OpenAlerts } from "./open-alerts.tsx";
import { RULE_NAMES, RULES } from "./rules.ts";

const NO_FAULTS: FormState = { values: {}, problem: null };

export const alertPage: Page = {
  path: "/alerts",
  roles: OPERATORS,
  actors: holders("alerts"),
  show: (look) => showAlerts(look, NO_FAULTS),
  async act(sent) {
    const { env, form, url, user, nowMs } = sent;
    const asked = form.get("do");
    const values = asked === "remove" ? { url: null } : readForm(form);
    const read = readBody(alertAddress, values);
    if (!read.ok) return showAlerts(sent, { values, problem: read.refusal });
    const changed = await changeAlertAddress(env, read.value, url.origin, { by: user.caller, atMs: nowMs });
    if (!changed.ok) return showAlerts(sent, { values, problem: changed.refusal });
    return accept(seeOther(`/alerts?webhook=${read.value.url === null ? "removed" : "saved"}`));
  },
};

async function showAlerts({ env, user, url }: Look, form: FormState): Promise<Result<PageView, Problem>> {
  const query = readFilters(alertList, withoutWebhook(url));
  if (!query.ok) return query;
  const [open, closed, told] = await Promise.all([
    listAlerts(env, { state: "open" }),
    listAlerts(env, { ...query.value, state: "closed" }),
    alertDestinations(env.DB),
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
        <Told destinations={told} form={may(user.caller, "alerts") ? form : null} />
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
        {
          name: "Of",
          cell: (alert) => alertSubject(alert) ?? <Nothing />,
        },
        { name: "From", cell: ({ since }) => <Time at={since} /> },
        { name: "Until", cell: ({ closed_at }) => <Time at={closed_at} /> },
        { name: "What was found", cell: ({ said }) => <span class="break">{said}</span> },
      ]}
      rows={alerts}
      empty={<p>No alert has come and gone yet.</p>}
    />
  );
}

function Told({ destinations, form }: { destinations: readonly AlertDestination[]; form: FormState | null }) {
  return (
    <Card title="Who is told" id="webhook">
      {destinations.length === 0 ? (
        <p>Nobody yet: they are shown here and on the overview.</p>
      ) : (
        <ul>
          {destinations.map(({ slug, name, host, status }) => (
            <li>
              <a href={`/destinations/${slug}`}>{name}</a> at <strong>{host}</strong>
              {status === "active" ? null : `, ${status}`}: its page has the log, and sends a test.
            </li>
          ))}
        </ul>
      )}
      {form ? <AddressForm form={form} isTold={destinations.length > 0} /> : null}
    </Card>
  );
}

function AddressForm({ form, isTold }: { form: FormState; isTold: boolean }) {
  return (
    <form method="post" class="form" novalidate>
      <TextField
        form={form}
        path="url"
        required
        label={isTold ? "Another address instead" : "Address of a webhook"}
        wide
        placeholder="https://hooks.slack.com/services/…"
        help="It becomes a destination of its own; the longest part of its path is sealed, and shown to nobody."
      />
      <ChoiceField
        form={form}
        path="form"
        label="Form"
        options={[
          { value: "slack", label: "Slack, and what takes its JSON" },
          { value: "discord", label: "Discord" },
          { value: "standard", label: "Our own JSON, signed" },
        ]}
      />
      <div class="form-actions">
        <button type="submit" class="primary">
          Save
        </button>
        {isTold ? (
          <button type="submit" name="do" value="remove" class="danger" formnovalidate>
            Tell nobody
          </button>
        ) : null}
      </div>
    </form>
  );
}

function WebhookNotice({ done }: { done: string | null }) {
  switch (done) {
    case "saved":
      return <Notice tone="good">Saved. Its page sends a test, and shows what came back.</Notice>;
    case "removed":
      return <Notice tone="good">Done: nobody is told of alerts now.</Notice>;
    default:
      return null;
  }
}

function withoutWebhook(url: URL): URL {
  const rest = new URL(url);
  rest.searchParams.delete("webhook");
  return rest;
}
