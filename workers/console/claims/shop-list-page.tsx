/** The page on which a shop's own list confirms its claims: what it would confirm first, then a button. */
import type { Child } from "hono/jsx";
import { confirmsClaim, type JudgedOrder, LIST_RESULTS } from "../../core/reconciliation/claimed-orders.ts";
import { usualStatus } from "../../core/reconciliation/sent-line.ts";
import { accept, type Result } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { listAdvertisers } from "../advertisers/store.ts";
import { keepReading } from "../reconciliation/keep-reading.ts";
import {
  FILE_FORMS,
  HowItWasRead,
  type LookedAt,
  queryOf,
  SHOWN,
  TableForm,
  UnreadLines,
  unreadTable,
  WhatWasRead,
} from "../reconciliation/sent-table.tsx";
import { unreadFile } from "../reconciliation/unread-file.ts";
import type { Look, Page, PageView, Upload } from "../shell/page.ts";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { PASTED, sentBytes, TABLE_ENDINGS } from "../shell/parts/sent-lines.tsx";
import { Table } from "../shell/parts/table.tsx";
import { Clipped, Id, Money, Nothing, Status } from "../shell/parts/values.tsx";
import { suggest } from "../shell/suggestions.ts";
import { readQuery } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { countsOf, listCsv } from "./shop-list.ts";
import { confirmList, type JudgedList, judgeList, type ListedRow, listedRow, shopList } from "./shop-orders.ts";

const PATH = "/confirm-orders";
/** Fields of the form that are no parameters of the API's call. */
const OWN_FIELDS = [PASTED, "format", "act", "count", "note"];

export const listPage: Page = {
  path: PATH,
  roles: holders("review"),
  show: (look) => view(look, new URLSearchParams(look.url.search), null),
  upload: act,
};

async function act(sent: Upload): Promise<Result<PageView | Response, Problem>> {
  const { env, user, form, nowMs } = sent;
  const again = (answer: Child) => view(sent, form, answer);
  const query = readQuery(shopList, queryOf(form, OWN_FIELDS));
  if (!query.ok) return again(<Notice tone="bad">{query.refusal.detail}</Notice>);
  const bytes = sentBytes(sent);
  const judged = await judgeList(env, user.caller, query.value, { bytes, charset: null });
  if (!judged.ok) return again(await unreadTable(bytes, form, query.value, judged.refusal));
  if (form.get("format") === "failed") return accept(unreadFile(judged.value.file, bytes));
  const change = { by: user.caller, atMs: nowMs };
  const { file, kept } = judged.value;
  const looked = { plan: file.plan, query: query.value, kept, form, caller: user.caller, usual: usualStatus };
  const keeping = await keepReading(env, looked, change);
  if (!keeping.ok) return again(<Notice tone="bad">{keeping.refusal.detail}</Notice>);
  const isToConfirm = form.get("act") === "confirm" || form.get("format") === "confirmed";
  if (!isToConfirm)
    return form.get("format") === "csv"
      ? accept(listCsv(judged.value, true))
      : again(<Answer list={judged.value} looked={looked} fault={null} />);
  const word = readQuery(shopList, new URLSearchParams([["advertiser", query.value.advertiser], ...wordIn(form)]));
  const { count, note } = word.ok ? word.value : {};
  if (count === undefined || note === undefined) {
    const fault = word.ok ? "Write a note: why these are confirmed." : noteFault(word.refusal);
    return again(<Answer list={judged.value} looked={looked} fault={fault} />);
  }
  const done = await confirmList(env, judged.value, { count, note }, change);
  if (!done.ok) return again(<Answer list={judged.value} looked={looked} fault={noteFault(done.refusal)} />);
  if (form.get("format") === "confirmed") return accept(listCsv(done.value, true));
  return again(<Answer list={done.value} looked={looked} fault={null} />);
}

function wordIn(form: URLSearchParams): [string, string][] {
  return [...form].filter(([name, value]) => (name === "count" || name === "note") && value.trim() !== "");
}

function noteFault({ detail, errors }: Problem): string {
  return errors?.[0]?.detail ?? detail;
}

async function view(look: Look, form: URLSearchParams, answer: Child): Promise<Result<PageView, Problem>> {
  const advertisers = await suggest(look.env, look.user, listAdvertisers);
  return accept({
    title: "Confirm from the shop’s list",
    scripts: ["table-file.js"],
    body: (
      <>
        <Head above={["Claims", "/claims?state=open"]} title="Confirm from the shop’s list">
          An order that is on the shop’s own list confirms the claim of its number, where one click claims it.
        </Head>
        <TableForm
          {...{ action: PATH, title: "The list", advertisers, form, answer }}
          accept={TABLE_ENDINGS}
          placeholder={"order,amount\norder-1001,40.00"}
          buttons={
            <>
              <button type="submit" class="primary">
                See what it would confirm
              </button>
              <button type="submit" name="format" value="csv">
                The same as CSV
              </button>
            </>
          }
        >
          <p class="help">{FILE_FORMS} The first line names the columns. Nothing is confirmed before you say so.</p>
        </TableForm>
      </>
    ),
  });
}

interface AnswerProps {
  list: JudgedList;
  looked: LookedAt;
  /** What is wrong with what was said to confirm it. */
  fault: string | null;
}

function Answer({ list, looked, fault }: AnswerProps) {
  const { form } = looked;
  const { file, judged, receipts } = list;
  const would = judged.filter(confirmsClaim).length;
  return (
    <>
      {receipts.size > 0 ? (
        <Notice tone="good">
          {receipts.size} confirmations are in the queue, and are booked within seconds.{" "}
          {judged.some(({ result }) => result === "later") ? "Send the list again for the rest." : ""}
        </Notice>
      ) : (
        <Notice tone={would > 0 ? "info" : "warn"}>
          {judged.length} orders on the list: {would} would confirm a claim.
        </Notice>
      )}
      <Counts list={list} />
      {receipts.size === 0 && would > 0 ? <ConfirmForm form={form} would={would} fault={fault} /> : null}
      <Results judged={judged} receipts={receipts} />
      <UnreadLines lines={file.unreadable} />
      <HowItWasRead {...looked} />
      <WhatWasRead read={file.read} />
    </>
  );
}

function Counts({ list }: { list: JudgedList }) {
  const counted = Object.entries(countsOf(list)).filter(([, count]) => count > 0);
  const rows = list.judged;
  return (
    <Card title="What it comes to" flush>
      <Table
        label="What the list comes to"
        columns={[
          { name: "Result", cell: ([name]) => <Status status={name} /> },
          { name: "Orders", number: true, cell: ([, count]) => count },
          { name: "What it means", cell: ([name]) => messageOf(rows, name) },
        ]}
        rows={counted}
        empty={<p>No order is on it.</p>}
      />
    </Card>
  );
}

function messageOf(judged: readonly JudgedOrder[], name: string): string {
  const found = judged.find(({ result }) => result === name);
  return found ? LIST_RESULTS[found.result] : "";
}

function ConfirmForm({ form, would, fault }: { form: URLSearchParams; would: number; fault: string | null }) {
  const few = would === 1 ? "1 claim" : `${would} claims`;
  return (
    <Card title={`Confirm ${few}`} id="confirm">
      <input type="hidden" name="count" value={String(would)} />
      <div class="field wide">
        <label for="note">Note</label>
        <input type="text" id="note" name="note" value={form.get("note") ?? ""} autocomplete="off" maxlength={500} />
      </div>
      {fault === null ? null : (
        <p class="fault" role="alert">
          {fault}
        </p>
      )}
      <p class="help">Why. It is kept with each conversion and in the audit log, for good.</p>
      <div class="form-actions">
        <button type="submit" class="primary" name="act" value="confirm">
          Confirm {few}
        </button>
        <button type="submit" name="format" value="confirmed">
          Confirm, and save the result as CSV
        </button>
      </div>
    </Card>
  );
}

function Results({ judged, receipts }: Pick<JudgedList, "judged" | "receipts">) {
  const rows = judged.slice(0, SHOWN).map((one) => listedRow(one, receipts));
  return (
    <Card title="Order by order" flush>
      <Table
        label="Orders of the list"
        columns={[
          { name: "Line", number: true, cell: ({ line }: ListedRow) => line },
          { name: "Order", cell: ({ txid }) => <Clipped text={txid} /> },
          { name: "Result", cell: ({ result, ruling }) => <Status status={ruling ? "queued" : (result ?? "")} /> },
          {
            name: "Claimed",
            number: true,
            cell: (row) => <Money amount={row.claimed_amount} currency={row.currency} />,
          },
          {
            name: "On the list",
            number: true,
            cell: (row) => <Money amount={row.their_amount} currency={row.currency} />,
          },
          { name: "Their status", cell: (row) => <Clipped text={row.their_status} /> },
          { name: "Claim", cell: ({ claim }) => (claim ? <Id id={claim} href={`/claims/${claim}`} /> : <Nothing />) },
          {
            name: "Conversion",
            cell: (row) =>
              row.conversion_id ? (
                <Id id={row.conversion_id} href={`/conversions/${row.conversion_id}`} />
              ) : (
                <Nothing />
              ),
          },
        ]}
        rows={rows}
        empty={<p>No order is on it.</p>}
      />
      {judged.length > SHOWN ? (
        <p class="help">
          The first {SHOWN} of {judged.length}: CSV has all.
        </p>
      ) : null}
    </Card>
  );
}
