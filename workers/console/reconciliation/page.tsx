/** The page that holds an advertiser's file against the books: its first rows, which columns are read, and what differs. */
import type { Child } from "hono/jsx";
import { isDay } from "../../core/instant.ts";
import { differencesCsv } from "../../core/reconciliation/differences-csv.ts";
import { usualStatus } from "../../core/reconciliation/sent-line.ts";
import { accept, type Result } from "../../core/result.ts";
import { may } from "../../core/rights.ts";
import { ALL_BUT_AFFILIATES } from "../../core/roles.ts";
import { listAdvertisers } from "../advertisers/store.ts";
import type { Look, Page, PageView, Upload } from "../shell/page.ts";
import { Head, Notice } from "../shell/parts/section.tsx";
import { PASTED, sentBytes, TABLE_ENDINGS } from "../shell/parts/sent-lines.tsx";
import { suggest } from "../shell/suggestions.ts";
import { dayAfter } from "../shell/usual-ranges.ts";
import { readQuery } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { differenceRow, reconcileBody, reconcileParameters } from "./api.ts";
import { DifferenceGroups } from "./difference-groups-view.tsx";
import { keepReading } from "./keep-reading.ts";
import type { Reconciliation } from "./reconcile.ts";
import type { SentList } from "./sent-list.ts";
import {
  FILE_FORMS,
  HowItWasRead,
  type LookedAt,
  queryOf,
  TableForm,
  UnreadLines,
  unreadTable,
  WhatWasRead,
} from "./sent-table.tsx";
import { unreadFile } from "./unread-file.ts";

export const reconcilePage: Page = {
  path: "/reconcile",
  roles: ALL_BUT_AFFILIATES,
  show: (look) => view(look, new URLSearchParams(look.url.search), null),
  upload: act,
};

async function act(look: Upload): Promise<Result<PageView | Response, Problem>> {
  const { env, user, form, nowMs } = look;
  const bytes = sentBytes(look);
  const query = readQuery(reconcileParameters, queryOf(form, [PASTED]));
  if (!query.ok) return view(look, form, <Notice tone="bad">{query.refusal.detail}</Notice>);
  const done = await reconcileBody(env, user.caller, query.value, { bytes, charset: null });
  if (!done.ok) return view(look, form, await unreadTable(bytes, form, query.value, done.refusal));
  const { result, file, kept } = done.value;
  if (query.value.format === "csv") {
    const headers = {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": 'attachment; filename="differences.csv"',
    };
    return accept(new Response(differencesCsv(result.differences.map(differenceRow), true), { headers }));
  }
  if (query.value.format === "failed") return accept(unreadFile(file, bytes));
  const looked = { plan: file.plan, query: query.value, kept, form, caller: user.caller, usual: usualStatus };
  const keeping = await keepReading(env, looked, { by: user.caller, atMs: nowMs });
  return keeping.ok ? view(look, form, <Answer {...{ file, result, looked, isKept: keeping.value }} />) : keeping;
}

async function view(look: Look, form: URLSearchParams, answer: Child): Promise<Result<PageView, Problem>> {
  const advertisers = await suggest(look.env, look.user, listAdvertisers);
  return accept({
    title: "Reconciliation",
    scripts: ["table-file.js"],
    body: (
      <>
        <Head title="Reconciliation">
          Hold an advertiser’s own list against the books: what is missing on which side, and what differs.
        </Head>
        <TableForm
          {...{ action: "/reconcile", title: "The file", advertisers, form, answer }}
          accept={TABLE_ENDINGS}
          fields={
            <>
              <Day name="from" label="From" form={form} />
              <Day name="to" label="Before" form={form} />
              <Filter name="event" label="Event" form={form} />
              <Filter name="offer" label="Offer" form={form} />
              <Filter name="affiliate" label="Affiliate" form={form} />
            </>
          }
          buttons={
            <>
              <button type="submit" class="primary">
                Reconcile
              </button>
              <button type="submit" name="format" value="csv">
                Differences as CSV
              </button>
            </>
          }
        >
          <p class="help">{FILE_FORMS} Nothing is kept of it, and nothing in the books is changed.</p>
        </TableForm>
      </>
    ),
  });
}

function Day({ name, label, form }: { name: string; label: string; form: URLSearchParams }) {
  return (
    <label>
      <span>{label}</span>
      <input type="date" name={name} value={form.get(name) ?? ""} />
    </label>
  );
}

function Filter({ name, label, form }: { name: string; label: string; form: URLSearchParams }) {
  return (
    <label>
      <span>{label}</span>
      <input name={name} value={form.get(name) ?? ""} placeholder="all" autocomplete="off" spellcheck={false} />
    </label>
  );
}

/** By when it happened, as an advertiser's books have it. */
function whyHref(form: URLSearchParams): string {
  const query = new URLSearchParams({ metric: "amount", there_clock: "occurred" });
  for (const name of ["advertiser", "offer", "affiliate", "event", "from"]) {
    const value = form.get(name);
    if (value) query.set(name, value);
  }
  const to = form.get("to");
  if (to && isDay(to)) query.set("until", dayAfter(to, -1));
  return `/why?${query}`;
}

interface AnswerProps {
  file: SentList;
  result: Pick<Reconciliation, "orders" | "agreeing" | "waiting_claims" | "groups">;
  looked: LookedAt;
  isKept: boolean;
}

function Answer({ file, result, looked, isKept }: AnswerProps) {
  const { form, caller } = looked;
  const { orders, agreeing, waiting_claims: waiting, groups } = result;
  const { read, unreadable } = file;
  const agrees = groups.length === 0 && unreadable.length === 0;
  return (
    <>
      {isKept ? <Notice tone="good">Kept for the next file of {looked.query.advertiser}.</Notice> : null}
      <Notice tone={agrees ? "good" : "warn"}>
        {orders} orders in the file, {agreeing} agree with the books.
      </Notice>
      {waiting === 0 ? null : (
        <Notice tone="info">
          <p>
            {waiting} of those that are missing here wait as claims of the pixel.{" "}
            {may(caller, "review") ? (
              <a href={`/confirm-orders?advertiser=${encodeURIComponent(form.get("advertiser") ?? "")}`}>
                Confirm them from this list
              </a>
            ) : (
              "The operator confirms them."
            )}
          </p>
        </Notice>
      )}
      <p class="help">
        A sum that differs where no order does? <a href={whyHref(form)}>See what it is made of</a>: another clock, zone
        or status.
      </p>
      <DifferenceGroups {...{ groups, advertiser: form.get("advertiser") ?? "", caller }} />
      <UnreadLines lines={unreadable} />
      <HowItWasRead {...looked} />
      <WhatWasRead read={read} />
    </>
  );
}
