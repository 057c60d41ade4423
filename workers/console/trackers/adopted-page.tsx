/** The clicks of a tracker that are adopted: how many and of which time, what a pasted or uploaded report would add, its adoption, and the replay of what had waited. */
import type { Child } from "hono/jsx";
import { REPORT_FAULTS } from "../../core/adoption/report-row.ts";
import { formatInstant } from "../../core/instant.ts";
import { isTimeZone } from "../../core/metrics/time-zone.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { replayMessages } from "../postbacks/replay.ts";
import { seeOther } from "../shell/browser-answers.ts";
import type { Look, Page, PageView, Upload } from "../shell/page.ts";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { FileField, PASTED, PastedLines, sentBytes, TABLE_OR_NDJSON_ENDINGS } from "../shell/parts/sent-lines.tsx";
import { Table } from "../shell/parts/table.tsx";
import { Clipped, Details, Time } from "../shell/parts/values.tsx";
import type { Problem } from "../web/problem.ts";
import { reasonsOf } from "./adopted-api.ts";
import { type AdoptionPlan, MOST_ROWS, planAdoption, sendAdoption } from "./adopted-import.ts";
import { countAdopted, countWaiting } from "./adopted-store.ts";
import { findTracker } from "./store.ts";

/** The button that adopts what was looked at. */
const SEND = "send";
const REPLAY = "replay";
const CURSOR = "cursor";
const TIME_ZONE = "time_zone";
const SHOWN = 50;

export const adoptedClicksPage: Page = {
  path: "/trackers/:slug/clicks",
  roles: OPERATORS,
  actors: holders("import"),
  show: (look) => view(look, new URLSearchParams(), null),
  upload: act,
};

async function act(sent: Upload): Promise<Result<PageView | Response, Problem>> {
  const { env, user, key, form, nowMs } = sent;
  const change = { by: user.caller, atMs: nowMs };
  const there = (query: string) => accept(seeOther(`/trackers/${encodeURIComponent(key)}/clicks?${query}`));
  if (form.has(REPLAY)) {
    if (!may(user.caller, "replay"))
      return refuse({ name: "not_allowed", detail: "Your role may not send messages to the ledger again." });
    const cursor = form.get(CURSOR) ?? "";
    const asked = { reason: "foreign_unknown", tracker: key, ...(cursor !== "" && { cursor }) } as const;
    const done = await replayMessages(env, asked, change);
    if (!done.ok) return view(sent, form, <Notice tone="bad">{done.refusal.detail}</Notice>);
    const { queued, skipped, next } = done.value;
    return there(
      new URLSearchParams({ queued: `${queued}`, skipped: `${skipped}`, ...(next !== null && { next }) }).toString(),
    );
  }
  const zone = form.get(TIME_ZONE)?.trim() ?? "";
  if (zone !== "" && !isTimeZone(zone))
    return view(sent, form, <Notice tone="bad">“{zone}” is no time zone: write one such as Europe/Berlin.</Notice>);
  const bytes = sentBytes(sent);
  const tracker = await findTracker(env, user.caller, key);
  if (!tracker.ok) return tracker;
  const plan = await planAdoption(env, tracker.value, bytes, { timeZone: zone === "" ? null : zone, nowMs });
  if (!plan.ok) return view(sent, form, <Notice tone="bad">{plan.refusal.detail}</Notice>);
  if (!form.has(SEND)) return view(sent, form, <WhatWouldBe plan={plan.value} />);
  const given = await sendAdoption(env, plan.value, bytes, change);
  if (!given.ok) return view(sent, form, <Notice tone="bad">{given.refusal.detail}</Notice>);
  return there(`sent=${plan.value.fresh.length}`);
}

async function view(look: Look, form: URLSearchParams, answer: Child): Promise<Result<PageView, Problem>> {
  const { env, user, key, url } = look;
  const found = await findTracker(env, user.caller, key);
  if (!found.ok) return found;
  const { row: tracker, advertiser } = found.value;
  const [{ clicks, firstMs, lastMs }, waiting] = await Promise.all([
    countAdopted(env.DB, tracker.number),
    countWaiting(env.LOG, tracker.advertiser),
  ]);
  const mayAdopt = may(user.caller, "import");
  return accept({
    title: `Clicks of ${tracker.name}`,
    scripts: mayAdopt ? ["table-file.js"] : [],
    body: (
      <>
        <Head above={[tracker.name, `/trackers/${encodeURIComponent(tracker.slug)}`]} title="Clicks of before the move">
          Postbacks of clicks that the tracker had are booked once those are adopted, as if they had been clicks here.
        </Head>
        <Done query={url.searchParams} />
        <Card title="Adopted">
          <Details
            details={[
              ["Clicks", clicks.toLocaleString("en")],
              ["From", firstMs === null ? null : <Time at={formatInstant(firstMs)} />],
              ["To", lastMs === null ? null : <Time at={formatInstant(lastMs)} />],
              [
                "Postbacks of unknown clicks",
                <a href={`/postbacks?${new URLSearchParams({ reason: "foreign_unknown", advertiser })}`}>
                  {waiting.toLocaleString("en")}
                </a>,
              ],
            ]}
          />
          {mayAdopt && waiting > 0 && may(user.caller, "replay") ? (
            <ReplayForm path={url.pathname} cursor={url.searchParams.get("next")} />
          ) : null}
        </Card>
        {mayAdopt ? <AdoptForm form={form} path={url.pathname} answer={answer} /> : null}
      </>
    ),
  });
}

/** What was done before the browser came here. */
function Done({ query }: { query: URLSearchParams }) {
  const number = (name: string) => Number(query.get(name) ?? 0).toLocaleString("en");
  if (query.has("sent"))
    return <Notice tone="good">Given to the ledger, which adopts them within seconds: {number("sent")}.</Notice>;
  if (!query.has("queued")) return null;
  return (
    <Notice tone="good">
      Sent to the ledger again: {number("queued")}; {number("skipped")} name clicks that are still unknown.
      {query.has("next") ? " There are more: replay on." : null}
    </Notice>
  );
}

function ReplayForm({ path, cursor }: { path: string; cursor: string | null }) {
  return (
    <form method="post" action={path} enctype="multipart/form-data">
      {cursor === null ? null : <input type="hidden" name={CURSOR} value={cursor} />}
      <p>
        <button type="submit" name={REPLAY} value="1">
          {cursor === null ? "Replay those whose click is adopted now" : "Replay on"}
        </button>
      </p>
    </form>
  );
}

function AdoptForm({ form, path, answer }: { form: URLSearchParams; path: string; answer: Child }) {
  return (
    <form method="post" action={path} enctype="multipart/form-data" data-table-file="answer">
      <Card title="Adopt clicks">
        <p>
          The tracker’s report of clicks as it exports it, or CSV with the columns <code>click_id</code>,{" "}
          <code>clicked_at</code>, <code>alias</code> or <code>link</code>, and <code>sub1</code> and on. What is
          adopted already stays as it is.
        </p>
        <div class="inline">
          <FileField accept={TABLE_OR_NDJSON_ENDINGS} />
          <label>
            <span>Time zone of the report</span>
            <input name={TIME_ZONE} value={form.get(TIME_ZONE) ?? ""} placeholder="Europe/Berlin" spellcheck={false} />
          </label>
          <button type="submit" class="primary">
            Look
          </button>
        </div>
        <PastedLines
          pasted={form.get(PASTED) ?? ""}
          help={
            <>
              At most {MOST_ROWS.toLocaleString("en")} rows; <code>npm run adopt</code> takes files of any size.
            </>
          }
        />
      </Card>
      <div id="answer" aria-live="polite">
        {answer}
      </div>
    </form>
  );
}

function WhatWouldBe({ plan: { rows, fresh, known, faults, firstMs, lastMs } }: { plan: AdoptionPlan }) {
  const said = (count: number, one: string, many: string) =>
    `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
  return (
    <>
      <Notice tone={fresh.length + known === 0 ? "bad" : faults.length > 0 ? "warn" : "good"}>
        <p>
          Of {said(rows, "row", "rows")} {said(fresh.length, "click is", "clicks are")} new,{" "}
          {known.toLocaleString("en")} adopted already, {faults.length.toLocaleString("en")} cannot be.
        </p>
        {firstMs === null || lastMs === null ? null : (
          <p>
            They are of <Time at={formatInstant(firstMs)} /> to <Time at={formatInstant(lastMs)} />: is that what the
            report says?
          </p>
        )}
        {fresh.length === 0 ? null : (
          <p>
            <button type="submit" name={SEND} value="1" class="primary">
              Adopt {said(fresh.length, "click", "clicks")}
            </button>
          </p>
        )}
      </Notice>
      {faults.length === 0 ? null : (
        <>
          <Card title="Why not" flush>
            <Table
              label="Why not"
              columns={[
                { name: "Rows", number: true, cell: ({ rows: count }) => count.toLocaleString("en") },
                { name: "Why", cell: ({ reason }) => <code>{reason}</code> },
                { name: "What to do", cell: ({ message }) => message },
              ]}
              rows={reasonsOf(faults)}
              empty={null}
            />
          </Card>
          <Card title={faults.length > SHOWN ? `The first ${SHOWN} of these rows` : "These rows"} flush>
            <Table
              label="These rows"
              columns={[
                { name: "Line", number: true, cell: ({ line }) => line },
                { name: "It says", cell: ({ text }) => <Clipped text={text} /> },
                { name: "What to do", cell: ({ fault }) => REPORT_FAULTS[fault] },
              ]}
              rows={faults.slice(0, SHOWN)}
              empty={null}
            />
          </Card>
        </>
      )}
    </>
  );
}
