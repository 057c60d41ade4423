/** The audit log: who changed what, when, and what it was before. */
import type { Child } from "hono/jsx";
import { isRecord } from "../../core/is-record.ts";
import { accept } from "../../core/result.ts";
import { OPERATORS } from "../../core/roles.ts";
import { readFilters, withDays } from "../shell/list-query.ts";
import type { Page } from "../shell/page.ts";
import { ChoiceFilter, DaysFilter, Filters, TextFilter } from "../shell/parts/filters.tsx";
import { Head } from "../shell/parts/section.tsx";
import { NoRows, Pager, Table } from "../shell/parts/table.tsx";
import { Clipped, Nothing, Time } from "../shell/parts/values.tsx";
import { zoneOf } from "../shell/zone.ts";
import { shapeOf } from "../views/list-shape.ts";
import { ViewTabs } from "../views/view-tabs.tsx";
import { CHANGE_ACTIONS, CHANGE_KINDS } from "./change.ts";
import { type AuditView, auditList, listAudit } from "./log.ts";

/** Where a subject has a page. */
const PATHS: Record<string, string> = {
  advertiser: "/advertisers/",
  affiliate: "/affiliates/",
  offer: "/offers/",
  link: "/links/",
  tracker: "/trackers/",
  conversion: "/conversions/",
};

export const auditPage: Page = {
  path: "/audit",
  roles: OPERATORS,
  async show(look) {
    const { env, user, url, request, nowMs } = look;
    const shape = await shapeOf(look, "audit");
    if (shape instanceof Response) return accept(shape);
    const query = readFilters(auditList, withDays(url, nowMs));
    if (!query.ok) return query;
    const { items, next } = await listAudit(env, user.caller, query.value);
    return accept({
      title: "Audit log",
      body: (
        <>
          <Head title="Audit log">
            Every change: who made it, when, and what it was before; and who signed in, saw secrets, exported or
            repaired. Nothing is ever removed.
          </Head>
          <ViewTabs shape={shape} user={user} />
          <Filters url={url} timeZone={zoneOf(request)}>
            <ChoiceFilter url={url} name="kind" label="Kind" options={CHANGE_KINDS} />
            <TextFilter url={url} name="subject" label="Name" />
            <ChoiceFilter url={url} name="action" label="Action" options={CHANGE_ACTIONS} />
            <TextFilter url={url} name="actor" label="Who" />
            <TextFilter url={url} name="token" label="Token’s ID" />
            <TextFilter url={url} name="address" label="Address, hashed" />
            <DaysFilter url={url} />
          </Filters>
          <Table
            label="Changes"
            columns={[
              { name: "When", cell: ({ at }: AuditView) => <Time at={at} /> },
              { name: "Who", cell: ({ actor, role }) => <Clipped text={`${actor} (${role})`} /> },
              { name: "By", cell: wayOf },
              { name: "What", cell: ({ action, kind }) => `${action} ${kind}` },
              { name: "Which", cell: personOf },
              { name: "Changes", cell: (entry) => <Difference entry={entry} /> },
            ]}
            rows={items}
            empty={
              <NoRows url={url}>
                <p>Nothing was changed yet.</p>
              </NoRows>
            }
          />
          <Pager url={url} next={next} older="Older" />
        </>
      ),
    });
  },
};

function wayOf({ way, token, address }: AuditView): Child {
  if (way === null) return <Nothing />;
  const parts = [way, token === null ? null : `token ${token}`, address === null ? null : `from ${address}`];
  return <Clipped text={parts.filter((part) => part !== null).join(", ")} />;
}

function personOf({ kind, subject, before, after }: AuditView): Child {
  const path = PATHS[kind];
  if (path !== undefined) return <a href={path + encodeURIComponent(subject)}>{subject}</a>;
  // A token's own name is what people know it by.
  const name = [after, before].filter(isRecord).find((view) => kind === "token" && typeof view.name === "string")?.name;
  return name === undefined ? subject : <Clipped text={`${name} (${subject})`} />;
}

/** The fields that differ; `updated_at` always does. */
function Difference({ entry: { before, after } }: { entry: AuditView }) {
  const left = isRecord(before) ? before : {};
  const right = isRecord(after) ? after : {};
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].filter(
    (name) => name !== "updated_at" && JSON.stringify(left[name]) !== JSON.stringify(right[name]),
  );
  if (names.length === 0)
    return after === null || isRecord(after) ? <>none</> : <code class="break">{JSON.stringify(after)}</code>;
  return (
    <details>
      <summary>
        {names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`}
      </summary>
      <dl class="difference">
        {names.map((name) => (
          <div>
            <dt>{name}</dt>
            {before === null ? null : <dd class="was">{shown(left[name])}</dd>}
            <dd class="is">{shown(right[name])}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}
