/** Paying: what affiliates are to be paid, as a file for the bank, and as credit transfers; and the list of what was paid, held against the statements before it is noted. */
import type { Child } from "hono/jsx";
import { accept, type Result } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { seeOther } from "../shell/browser-answers.ts";
import { askedFor } from "../shell/list-query.ts";
import type { Look, Page, PageView, Upload } from "../shell/page.ts";
import { DayFilter, Filters, TextFilter } from "../shell/parts/filters.tsx";
import { Named } from "../shell/parts/named.tsx";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { FileField, PastedLines, sentBytes } from "../shell/parts/sent-lines.tsx";
import { NoRows, Table, type TableColumn, WrongFilter } from "../shell/parts/table.tsx";
import { Clipped, Money, Nothing, Time } from "../shell/parts/values.tsx";
import { readQuery } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { planTransfers } from "./credit-transfers.ts";
import { checkPayments, type PaymentsCheck, takePayments } from "./payments.ts";
import { TransferCard } from "./transfer-card.tsx";
import { listUnpaid, type UnpaidStatement, unpaidQuery } from "./unpaid.ts";

/** The button that notes what was looked at; the page's script leaves it to the browser. */
const SEND = "send";

export const payingPage: Page = {
  path: "/paying",
  roles: holders("pay"),
  show: (look) => view(look, "", null),
  upload: act,
};

async function act(sent: Upload): Promise<Result<PageView | Response, Problem>> {
  const { env, user, form } = sent;
  const change = { by: user.caller, atMs: sent.nowMs };
  const bytes = sentBytes(sent);
  // What was looked at is what is sent: a file stands in the field from then on.
  const text = new TextDecoder().decode(bytes);
  if (form.has(SEND)) {
    const taken = await takePayments(env, bytes, { differing: "pass_over" }, change);
    return taken.ok
      ? accept(seeOther(`/paying?sent=${taken.value.pays}`))
      : view(sent, text, <Notice tone="bad">{taken.refusal.detail}</Notice>);
  }
  const check = await checkPayments(env, bytes, change);
  return view(
    sent,
    text,
    check.ok ? <WhatWouldBe check={check.value} /> : <Notice tone="bad">{check.refusal.detail}</Notice>,
  );
}

async function view(look: Look, pasted: string, answer: Child): Promise<Result<PageView, Problem>> {
  const { env, url } = look;
  const asked = askedFor(url);
  const query = readQuery(unpaidQuery, asked);
  const { unpaid, isMore } = query.ok ? await listUnpaid(env, query.value) : { unpaid: [], isMore: false };
  const transfers = query.ok && unpaid.length > 0 && !isMore ? await planTransfers(env, query.value, look.nowMs) : null;
  const noted = Number(url.searchParams.get("sent"));
  return accept({
    title: "Paying",
    scripts: ["table-file.js"],
    body: (
      <>
        <Head
          above={["Statements", "/statements"]}
          title="Paying"
          actions={
            unpaid.length === 0 ? undefined : (
              <a class="button" href={`/api/statements/unpaid?${asked}`} download>
                File for the bank
              </a>
            )
          }
        >
          Final statements of affiliates that are not paid yet. The file has their bank details whole: every look at
          them is in the audit log.
        </Head>
        {noted > 0 ? (
          <Notice tone="good">{noted} are in the queue to be noted as paid, and done within seconds.</Notice>
        ) : null}
        <Filters url={url} problem={query.ok ? null : query.refusal}>
          <TextFilter url={url} name="currency" label="Currency" />
          <DayFilter url={url} name="due_by" label="Due by" />
        </Filters>
        {isMore ? (
          <Notice tone="warn">
            More wait than these {unpaid.length}, the oldest. A file has no more: ask for a part of them by currency or
            due date.
          </Notice>
        ) : null}
        {query.ok ? (
          <Table
            label="To be paid"
            columns={UNPAID_COLUMNS}
            rows={unpaid}
            empty={
              <NoRows url={url}>
                <p>Nothing waits to be paid: no statement of an affiliate is final and unpaid.</p>
              </NoRows>
            }
          />
        ) : (
          <WrongFilter />
        )}
        {transfers === null ? null : <TransferCard look={look} plan={transfers} />}
        <PaidForm pasted={pasted} answer={answer} />
      </>
    ),
  });
}

const UNPAID_COLUMNS: TableColumn<UnpaidStatement>[] = [
  { name: "Statement", cell: ({ statement }) => <a href={`/statements/${statement}`}>{statement}</a> },
  {
    name: "To",
    cell: ({ affiliate }) => (
      <Named of="affiliate" slug={affiliate} href={`/affiliates/${encodeURIComponent(affiliate)}`} />
    ),
  },
  { name: "Account", cell: ({ account }) => account ?? <Nothing /> },
  { name: "Since", cell: ({ accountSince }) => <Time at={accountSince} day /> },
  {
    name: "Look at",
    cell: ({ warning }) => (warning === null ? <Nothing /> : <strong class="words">{warning}</strong>),
  },
  { name: "Due", number: true, cell: ({ amount, currency }) => <Money amount={amount} currency={currency} /> },
  { name: "Due on", cell: ({ dueOn }) => dueOn ?? <Nothing /> },
];

function PaidForm({ pasted, answer }: { pasted: string; answer: Child }) {
  return (
    <form method="post" action="/paying" enctype="multipart/form-data" data-table-file="answer">
      <Card title="What was paid">
        <p>
          CSV with the columns <code>statement</code>, <code>reference</code>, <code>date</code> and <code>amount</code>
          ; others are passed over, so the file for the bank with its dates filled in will do. First it is shown what it
          would do.
        </p>
        <div class="inline">
          <FileField />
          <button type="submit" class="primary">
            Look
          </button>
        </div>
        <PastedLines
          pasted={pasted}
          placeholder={"statement,reference,date,amount\n2026-0001,SEPA 17,2026-12-05,120.00"}
        />
      </Card>
      <div id="answer" aria-live="polite">
        {answer}
      </div>
    </form>
  );
}

type Payment = PaymentsCheck["payments"][number];

const PAYMENT_COLUMNS: TableColumn<Payment>[] = [
  { name: "Line", number: true, cell: ({ line }) => line },
  { name: "Statement", cell: ({ statement }) => <Clipped text={statement} /> },
  { name: "Amount", number: true, cell: ({ amount }) => amount ?? <Nothing /> },
  { name: "Date", cell: ({ date }) => <Clipped text={date} /> },
  { name: "Reference", cell: ({ reference }) => <Clipped text={reference} /> },
  { name: "What", cell: ({ message }) => <span class="words">{message}</span> },
];

function WhatWouldBe({ check }: { check: PaymentsCheck }) {
  const { pays, paid_so, differ, sums, payments } = check;
  const tone = differ > 0 ? (pays > 0 ? "warn" : "bad") : "good";
  const differing = payments.filter(({ verdict }) => verdict !== "pay" && verdict !== "paid_so");
  return (
    <>
      <Notice tone={tone}>
        <p>
          {pays} would be noted as paid, {paid_so} were so already, {differ} differ
          {differ > 0 ? " and would be passed over" : ""}.
        </p>
        {sums.map(({ currency, amount, statements }) => (
          <p>
            <Money amount={amount} currency={currency} /> on {statements} statements
          </p>
        ))}
        {pays === 0 ? null : (
          <p>
            <button type="submit" name={SEND} value="1" class="primary">
              Note {pays} as paid
            </button>
          </p>
        )}
      </Notice>
      {differing.length === 0 ? null : (
        <Card title="What differs" flush>
          <Table label="What differs" columns={PAYMENT_COLUMNS} rows={differing} empty={null} />
        </Card>
      )}
      {pays + paid_so === 0 ? null : (
        <Card title="What fits" flush>
          <Table
            label="What fits"
            columns={PAYMENT_COLUMNS}
            rows={payments.filter((one) => !differing.includes(one))}
            empty={null}
          />
        </Card>
      )}
    </>
  );
}
