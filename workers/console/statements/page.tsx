/** Statements: the list with what can be done to many, what is due and its closing, and one statement as it is printed. */

import type { Child } from "hono/jsx";
import type * as v from "valibot";
import { isDay } from "../../core/instant.ts";
import { isRecord } from "../../core/is-record.ts";
import { accept, refuse } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { EVERYONE, OPERATORS } from "../../core/roles.ts";
import { listAdvertisers } from "../advertisers/store.ts";
import { sameAccountNotice } from "../affiliates/same-account-notice.tsx";
import { listAffiliates } from "../affiliates/store.ts";
import { notesCard } from "../notes/card.tsx";
import { CHECKER_PATH } from "../proofs/checker-path.ts";
import { seeOther } from "../shell/browser-answers.ts";
import type { FormState } from "../shell/form-values.ts";
import { isOfFields, readFilters } from "../shell/list-query.ts";
import type { Look, Page, PageView, Submission } from "../shell/page.ts";
import { ChoiceFilter, DayFilter, Filters, TextFilter } from "../shell/parts/filters.tsx";
import { ChoiceField, DayField, Form, LinesField, TextField } from "../shell/parts/form.tsx";
import { Totals } from "../shell/parts/list-foot.tsx";
import { Named } from "../shell/parts/named.tsx";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { NoRows, Pager, Table, type TableColumn, WrongFilter } from "../shell/parts/table.tsx";
import { Clipped, Details, Money, Status, Time } from "../shell/parts/values.tsx";
import { saveForm } from "../shell/saved-form.ts";
import { suggest } from "../shell/suggestions.ts";
import { type ListShape, shapeOf } from "../views/list-shape.ts";
import { ListTable } from "../views/list-table.tsx";
import { ViewTabs } from "../views/view-tabs.tsx";
import { withoutPage } from "../web/listing.ts";
import type { Problem } from "../web/problem.ts";
import { ChangedDues, SeenDues } from "./changed-dues.tsx";
import { type ClosingView, lastClosings } from "./closings.ts";
import {
  adjust,
  closeDue,
  discardStatements,
  finalizeStatements,
  newAdjustment,
  newClosing,
  payStatements,
  unpayStatements,
} from "./commands.ts";
import { type ClosesView, type DueView, dueNow, type duesAnswer, monthBegan } from "./due-now.ts";
import { issuerPage } from "./issuer-page.tsx";
import { noIssuer } from "./no-issuer.tsx";
import { ownDuePage } from "./own-due-page.tsx";
import { payingPage } from "./paying-page.tsx";
import {
  listStatements,
  OF,
  OWNER_OF,
  readStatement,
  STATES,
  type StatementTotals,
  type StatementView,
  statementList,
  totalStatements,
  type WholeStatement,
} from "./read-statements.ts";

const FIELDS = ["of", "state", "currency", "affiliate", "advertiser"];
const SHOWN_CLOSINGS = 5;
const OF_OPTIONS = [
  { value: "affiliates", label: "affiliates: what they are paid" },
  { value: "advertisers", label: "advertisers: what they are invoiced" },
];
/** What the list's buttons do. */
const DEEDS = ["finalize", "discard", "pay", "unpay"] as const;
type Deed = (typeof DEEDS)[number];
/** Which right each takes. */
const RIGHT_OF = { finalize: "statements", discard: "statements", pay: "pay", unpay: "pay" } as const;

export const statementPages: readonly Page[] = [
  {
    path: "/statements",
    roles: EVERYONE,
    actors: holders("statements"),
    show: (look) => showList(look, null),
    act: actOnMany,
  },
  payingPage,
  issuerPage,
  ownDuePage,
  {
    path: "/due",
    roles: OPERATORS,
    actors: holders("statements"),
    show: async (look) => {
      const view = await dueView(look);
      return accept(view(emptyForm(look), emptyAdjustment(look)));
    },
    async act(sent) {
      const view = await dueView(sent);
      const stamp = { by: sent.user.caller, atMs: sent.nowMs };
      if (sent.form.has("reason:required"))
        return saveForm({
          form: sent.form,
          schema: newAdjustment,
          save: (input) => adjust(sent.env, input, stamp),
          done: () => "/due?done=adjusted",
          again: (form) => view(emptyForm(sent), form),
        });
      return saveForm({
        form: sent.form,
        schema: newClosing,
        // What becomes final is what the page showed.
        prepare: (values) =>
          sent.form.has("final") && isRecord(values) ? { look: "", ...values, final: true } : values,
        save: (input) => closeDue(sent.env, input, stamp),
        done: () => "/due?done=closing",
        again: (form) => view(form, emptyAdjustment(sent), sent.form),
      });
    },
  },
  { path: "/statements/:number", roles: EVERYONE, show: showStatement },
];

/** What an empty closing form begins with. */
function emptyForm({ url, nowMs }: Look): FormState {
  const until = url.searchParams.get("until") ?? monthBegan(nowMs, "UTC");
  return { values: { of: url.searchParams.get("of") ?? "affiliates", until }, problem: null };
}

/** What an empty adjustment begins with. */
function emptyAdjustment({ url }: Look): FormState {
  return { values: { of: url.searchParams.get("of") ?? "affiliates" }, problem: null };
}

async function showList(look: Look, problem: Problem | null) {
  const { env, user, url } = look;
  const { caller } = user;
  // What was wrong is said here, whatever view the list opens with.
  const here = problem === null ? look : { ...look, url: new URL("?view=none", url) };
  const shape = await shapeOf(here, "statements");
  if (shape instanceof Response) return accept(shape);
  const query = readFilters(statementList, url);
  const [found, totals] = query.ok
    ? await Promise.all([
        listStatements(env, caller, query.value),
        totalStatements(env, caller, withoutPage(query.value)),
      ])
    : [query, query];
  if (!found.ok && !isOfFields(found.refusal, FIELDS)) return found;
  const isOperator = caller.scope === "everything";
  const [affiliates, advertisers] = isOperator
    ? await Promise.all([suggest(env, user, listAffiliates), suggest(env, user, listAdvertisers)])
    : [];
  // Only a draft becomes final.
  const hasDraft = found.ok && found.value.items.some(({ state }) => state === "draft");
  const warning = hasDraft && may(caller, "statements") ? await noIssuer(env) : null;
  const body = (
    <>
      <Head
        title="Statements"
        actions={
          isOperator ? (
            <>
              <a class="button" href="/due">
                What is due
              </a>
              {may(caller, "statements") ? (
                <a class="button" href="/issuer">
                  Issuer
                </a>
              ) : null}
              {may(caller, "pay") ? (
                <a class="button" href="/paying">
                  Paying
                </a>
              ) : null}
            </>
          ) : undefined
        }
      >
        What is due, closed by period. A final statement has a number and never changes; what comes later, refunds too,
        stands in the next.
      </Head>
      {problem === null ? null : (
        <Notice tone="bad">
          <p>
            <strong>Nothing was done.</strong> {problem.errors?.[0]?.detail ?? problem.detail}
          </p>
        </Notice>
      )}
      {url.searchParams.has("sent") ? (
        <Notice tone="info">
          <p>It is in the queue, and done within seconds.</p>
        </Notice>
      ) : null}
      <ViewTabs shape={shape} user={user} />
      <Filters url={url} problem={found.ok ? null : found.refusal}>
        {isOperator ? <ChoiceFilter url={url} name="of" label="For" options={OF} /> : null}
        <ChoiceFilter url={url} name="state" label="State" options={isOperator ? STATES : ["final", "paid"]} />
        <TextFilter url={url} name="currency" label="Currency" />
        {affiliates ? <TextFilter url={url} name="affiliate" label="Affiliate" suggestions={affiliates} /> : null}
        {advertisers ? <TextFilter url={url} name="advertiser" label="Advertiser" suggestions={advertisers} /> : null}
      </Filters>
      {warning}
      {found.ok ? (
        <ListOf
          look={look}
          shape={shape}
          items={found.value.items}
          next={found.value.next}
          totals={totals.ok ? totals.value : null}
        />
      ) : (
        <WrongFilter />
      )}
    </>
  );
  return accept({ title: "Statements", body, scripts: ["columns.js" as const] });
}

/** What a sum of statements is called: its owner sees but its own. */
function dueTo({ user }: Look, of: StatementView["of"]): string {
  if (user.caller.scope !== "everything") return "due";
  return of === "affiliate" ? "to affiliates" : "from advertisers";
}

interface ListedStatements {
  look: Look;
  shape: ListShape;
  items: StatementView[];
  next: string | null;
  totals: StatementTotals | null;
}

function ListOf({ look, shape, items, next, totals }: ListedStatements) {
  const { url, user } = look;
  const acts = may(user.caller, "statements") && items.length > 0;
  const columns = columnsOf(user.caller.scope === "everything", acts);
  const table = (
    <ListTable
      shape={shape}
      ownSort="-created_at"
      label="Statements"
      columns={columns}
      rows={items}
      empty={
        <NoRows url={url}>
          <p>No statement is here yet.</p>
        </NoRows>
      }
    />
  );
  return (
    <>
      {acts ? <DeedForm /> : null}
      {table}
      {totals === null ? null : (
        <Totals
          count={totals.statements}
          complete={totals.complete}
          one="statement"
          many="statements"
          currencies={totals.sums.map(({ of, currency, due }) => ({
            currency,
            sums: [{ name: dueTo(look, of), amount: due }],
          }))}
        />
      )}
      <Pager url={url} next={next} older="Older" />
    </>
  );
}

/** What is done to the statements that are ticked in the table below. */
function DeedForm() {
  return (
    <Card title="With those that are ticked">
      <form method="post" class="form" id="deeds">
        <div class="field">
          <label for="reference">Reference of the payment</label>
          <input id="reference" name="reference" autocomplete="off" />
          <p class="help">For those that are paid.</p>
        </div>
        <div class="form-actions">
          <button type="submit" class="primary" name="deed" value="finalize">
            Make final
          </button>
          <button type="submit" name="deed" value="pay">
            Note as paid
          </button>
          <button type="submit" name="deed" value="unpay">
            Not paid after all
          </button>
          <button type="submit" name="deed" value="discard">
            Discard drafts
          </button>
        </div>
      </form>
    </Card>
  );
}

function columnsOf(isOperator: boolean, acts: boolean): TableColumn<StatementView>[] {
  const tick: TableColumn<StatementView> = {
    name: "Tick",
    cell: ({ number }) => (
      <input type="checkbox" name="pick" value={number} form="deeds" aria-label={`Tick ${number}`} />
    ),
  };
  return [
    ...(acts ? [tick] : []),
    { name: "Number", cell: ({ number }) => <a href={`/statements/${number}`}>{number}</a> },
    { name: "State", key: "state", sort: "state", cell: ({ state }) => <Status status={state} /> },
    ...(isOperator
      ? [
          {
            name: "Owner",
            key: "owner",
            sort: "owner",
            cell: ({ owner, of }: StatementView) => <Named of={of} slug={owner} />,
          },
        ]
      : []),
    { name: "Until", key: "until", sort: "-until", cell: ({ until }) => <Time at={until} day /> },
    {
      name: "Conversions",
      key: "conversions",
      sort: "-conversions",
      number: true,
      cell: ({ conversions }) => conversions.toLocaleString("en-US"),
    },
    {
      name: "Amount",
      key: "amount",
      sort: "-amount",
      more: true,
      number: true,
      cell: ({ amount, currency }) => <Money amount={amount} currency={currency} />,
    },
    {
      name: "Due",
      key: "due",
      sort: "-due",
      number: true,
      cell: ({ due, currency }) => <Money amount={due} currency={currency} />,
    },
    { name: "Due on", key: "due_on", cell: ({ due_on }) => due_on ?? "–" },
    {
      name: "Paid",
      key: "paid_on",
      cell: (statement) => <Paid {...statement} />,
    },
    {
      name: "Closed",
      key: "created_at",
      sort: "-created_at",
      more: true,
      cell: ({ created_at }) => <Time at={created_at} day />,
    },
  ];
}

/** The day, and below it the reference, which may be long. */
function Paid({ paid_on, reference }: StatementView) {
  if (paid_on === null) return <>–</>;
  return (
    <>
      {paid_on}
      <br />
      <bdi class="clip slim" title={reference ?? ""}>
        {reference}
      </bdi>
    </>
  );
}

async function actOnMany(sent: Submission) {
  const stamp = { by: sent.user.caller, atMs: sent.nowMs };
  const statements = sent.form.getAll("pick");
  const deed = DEEDS.find((one) => one === sent.form.get("deed")) ?? "finalize";
  const reference = sent.form.get("reference")?.trim() ?? "";
  if (!may(sent.user.caller, RIGHT_OF[deed]))
    return refuse<Problem>({
      name: "not_allowed",
      detail: `It takes the right ${RIGHT_OF[deed]}, which your role has not.`,
    });
  const wrong = wrongIn(deed, statements, reference);
  if (wrong !== null) return showList(sent, { name: "invalid_input", detail: wrong });
  const input = { statements };
  const done = await {
    finalize: () => finalizeStatements(sent.env, input, stamp),
    discard: () => discardStatements(sent.env, input, stamp),
    pay: () => payStatements(sent.env, { ...input, reference }, stamp),
    unpay: () => unpayStatements(sent.env, input, stamp),
  }[deed]();
  return done.ok ? accept(seeOther("/statements?sent=1")) : showList(sent, done.refusal);
}

function wrongIn(deed: Deed, statements: readonly string[], reference: string): string | null {
  if (statements.length === 0) return "Tick the statements that you mean.";
  return deed === "pay" && reference === "" ? "Write the reference of the payment." : null;
}

/** What is due, and the forms that close it and adjust it. */
async function dueView({ env, user, nowMs, url }: Look) {
  const of = OF.find((one) => one === url.searchParams.get("of")) ?? "affiliates";
  const ownerType = OWNER_OF[of];
  const until = url.searchParams.get("until") ?? monthBegan(nowMs, "UTC");
  const found = await dueNow(env, { of, ...(isDay(until) ? { until } : {}) }, nowMs);
  const closings = await lastClosings(env, SHOWN_CLOSINGS);
  const acts = may(user.caller, "statements");
  const warning = acts ? await noIssuer(env) : null;
  const owners = found.ok && ownerType === "affiliate" ? found.value.closing.map(({ owner }) => owner) : [];
  const sameAccount = await sameAccountNotice(env, owners);
  return (closing: FormState, adjustment: FormState, sent?: URLSearchParams): PageView => {
    const isStale = closing.problem?.name === "not_now";
    return {
      title: "What is due",
      body: (
        <>
          <Head above={["Statements", "/statements"]} title="What is due">
            What a closing would find now: every entry that no statement lists yet, of what is approved, not held and
            old enough.
          </Head>
          {url.searchParams.has("done") ? (
            <Notice tone="info">
              <p>It is in the queue, and done within seconds.</p>
            </Notice>
          ) : null}
          {sent && found.ok && isStale ? <ChangedDues of={ownerType} form={sent} now={found.value.closing} /> : null}
          <Filters url={url}>
            <ChoiceFilter url={url} name="of" label="For" options={OF} any="affiliates" />
            <DayFilter url={url} name="until" label="Received before" otherwise={monthBegan(nowMs, "UTC")} />
          </Filters>
          {sameAccount}
          {found.ok ? (
            <Table
              label="What is due"
              columns={dueColumns(ownerType)}
              rows={found.value.items}
              empty={<p>Nothing is due of what was received before {found.value.until}.</p>}
            />
          ) : (
            <Notice tone="warn">
              <p>{found.refusal.detail}</p>
            </Notice>
          )}
          {acts && found.ok ? <MonthEnd of={of} found={found.value} warning={warning} /> : null}
          {acts ? <CloseForm form={isStale ? { ...closing, problem: null } : closing} /> : null}
          <Card title="Closings" flush>
            <Table label="Closings" columns={CLOSING_COLUMNS} rows={closings} empty={<p>Nothing was closed yet.</p>} />
          </Card>
          {acts ? <AdjustForm form={adjustment} /> : null}
        </>
      ),
    };
  };
}

function dueColumns(of: "affiliate" | "advertiser"): TableColumn<DueView>[] {
  return [
    { name: "Owner", cell: ({ owner }) => <Named of={of} slug={owner} /> },
    { name: "Conversions", number: true, cell: ({ conversions }) => conversions.toLocaleString("en-US") },
    { name: "Due", number: true, cell: ({ due, currency }) => <Money amount={due} currency={currency} /> },
    { name: "Then", cell: ({ carried }) => (carried ? "carried over: too little" : "a draft") },
  ];
}

const CLOSING_COLUMNS: TableColumn<ClosingView>[] = [
  { name: "Begun", cell: ({ made_at }) => <Time at={made_at} /> },
  { name: "Of", cell: ({ of }) => `${of}s` },
  { name: "Until", cell: ({ until }) => <Time at={until} day /> },
  { name: "By", cell: ({ made_by }) => <Clipped text={made_by} /> },
  { name: "State", cell: stateOfClosing },
  { name: "Statements", number: true, cell: ({ drafts }) => drafts },
  { name: "Carried over", number: true, cell: ({ carried }) => carried },
];

function stateOfClosing({ stage, finals, drafts, differs }: ClosingView): string {
  if (stage !== "done") return `goes on: ${stage}`;
  if (differs) return "drafts only: they came to something else than was looked at";
  return finals === null || finals >= drafts ? "done" : `goes on: ${finals} of ${drafts} are final`;
}

/** One button for all that is due: what it comes to stands before it. */
function MonthEnd(props: { of: string; found: v.InferOutput<typeof duesAnswer>; warning: Child }) {
  const { of, found, warning } = props;
  const { until, closes, closing, look } = found;
  const statements = closes.reduce((sum, one) => sum + one.statements, 0);
  if (statements === 0) return null;
  return (
    <Card title="Close and finalise all">
      <p>
        All that is due to {of === "affiliates" ? "affiliates" : "us by advertisers"} of what was received before{" "}
        {until} becomes final statements at once, numbered and for good. Drafts that are there give way to it.
      </p>
      <Table label="What it comes to" columns={CLOSES_COLUMNS} rows={closes} empty={null} />
      {warning}
      <form method="post" class="form-actions">
        <input type="hidden" name="of" value={of} />
        <input type="hidden" name="until" value={until} />
        <SeenDues look={look} closing={closing} />
        <button type="submit" class="primary" name="final" value="1">
          Close and finalise {statements.toLocaleString("en-US")} {statements === 1 ? "statement" : "statements"}
        </button>
      </form>
    </Card>
  );
}

const CLOSES_COLUMNS: TableColumn<ClosesView>[] = [
  { name: "Currency", cell: ({ currency }) => currency },
  { name: "Statements", number: true, cell: ({ statements }) => statements.toLocaleString("en-US") },
  { name: "Due", number: true, cell: ({ due, currency }) => <Money amount={due} currency={currency} /> },
  { name: "Carried over", number: true, cell: ({ carried }) => carried.toLocaleString("en-US") },
  {
    name: "With",
    number: true,
    cell: ({ carried_due, currency }) => <Money amount={carried_due} currency={currency} />,
  },
];

function CloseForm({ form }: { form: FormState }) {
  return (
    <Card title="Close it">
      <Form form={form} save="Make drafts" cancel="/statements">
        <ChoiceField form={form} path="of" label="For" options={OF_OPTIONS} />
        <DayField
          form={form}
          path="until"
          label="Received before"
          required
          help="What was received before the midnight that it begins with counts."
        />
        <TextField form={form} path="tz" label="Time zone" placeholder="UTC" />
        <LinesField form={form} path="owners" kind="some" label="Only these owners" help="Slugs; left empty, all." />
        <LinesField form={form} path="offers" kind="some" label="Only these offers" help="Slugs; left empty, all." />
      </Form>
    </Card>
  );
}

function AdjustForm({ form }: { form: FormState }) {
  return (
    <Card title="Adjust by hand">
      <Form form={form} save="Adjust" cancel="/statements">
        <ChoiceField form={form} path="of" label="For" options={OF_OPTIONS} />
        <TextField form={form} path="owner" label="Owner" required help="Slug." />
        <TextField form={form} path="amount" label="Amount" required placeholder="-25.00" />
        <TextField form={form} path="currency" label="Currency" required placeholder="USD" />
        <TextField form={form} path="reason" label="Reason" required wide help="Its owner reads it." />
      </Form>
    </Card>
  );
}

async function showStatement(look: Look) {
  const { env, user, key } = look;
  const found = await readStatement(env, user.caller, key);
  if (!found.ok) return found;
  const statement = found.value;
  const notes = await notesCard(look, "statement", statement.number);
  const isDraft = statement.state === "draft";
  const title = isDraft
    ? "Draft"
    : `${statement.of === "affiliate" ? "Statement" : "Invoice basis"} ${statement.number}`;
  return accept({
    title,
    body: (
      <>
        <Head
          above={["Statements", "/statements"]}
          title={title}
          status={<Status status={statement.state} />}
          actions={
            <>
              <a class="button" href={`/api/statements/${statement.number}/lines?format=csv`}>
                Conversions as CSV
              </a>
              <a class="button" href={`/api/statements/${statement.number}/lines?format=ndjson`}>
                NDJSON
              </a>
              <a class="button" href={`/api/statements/${statement.number}/proof.json`}>
                Proof
              </a>
              <a class="button" href={CHECKER_PATH}>
                Check it
              </a>
            </>
          }
        />
        <Card>
          <Details details={factsOf(statement)} />
        </Card>
        {statement.issuer === null ? null : (
          <Card title={statement.of === "affiliate" ? "Issued by" : "To be paid to"}>
            <Details
              details={[
                ["Name", <bdi>{statement.issuer.name}</bdi>],
                ["Address", statement.issuer.address && <span class="lines">{statement.issuer.address}</span>],
                ["VAT number", statement.issuer.vat_number],
              ]}
            />
          </Card>
        )}
        <Card title="By offer and event" flush>
          <Table
            label="By offer and event"
            columns={groupColumns(statement.currency)}
            rows={statement.groups}
            empty={<p>No conversions.</p>}
          />
        </Card>
        {statement.adjustments.length === 0 ? null : (
          <Card title="Adjustments" flush>
            <Table
              label="Adjustments"
              columns={adjustmentColumns(statement.currency)}
              rows={statement.adjustments}
              empty={<p>None.</p>}
            />
          </Card>
        )}
        {notes}
      </>
    ),
  });
}

function factsOf(statement: WholeStatement) {
  const { owner_name, owner, due, currency, until, time_zone, offers, finalized_at, due_on, paid_on, reference } =
    statement;
  const name = (field: string) => (typeof owner_name?.[field] === "string" ? String(owner_name[field]) : null);
  return [
    [statement.of === "affiliate" ? "To" : "Of", <bdi>{name("legal_name") ?? name("name") ?? owner}</bdi>],
    ["VAT number", name("vat_number")],
    ["Due", <Money amount={due} currency={currency} />],
    ["Received before", <Time at={until} printed />],
    ["Period's time zone", time_zone],
    ["Offers", offers === null ? "all" : offers.join(", ")],
    ["Conversions", statement.conversions.toLocaleString("en-US")],
    ["Final since", finalized_at === null ? null : <Time at={finalized_at} day printed />],
    ["Due on", due_on],
    ["Paid on", paid_on],
    ["Reference", reference],
    ["Paid by", statement.paid_by ?? null],
  ] as const;
}

type Group = WholeStatement["groups"][number];

function groupColumns(currency: string): TableColumn<Group>[] {
  return [
    {
      name: "Offer",
      cell: ({ offer, carried }) => (
        <>
          <Named of="offer" slug={offer} />
          {carried ? " (carried over)" : null}
        </>
      ),
    },
    { name: "Event", cell: ({ event }) => <Clipped text={event} /> },
    { name: "Conversions", number: true, cell: ({ conversions }) => conversions.toLocaleString("en-US") },
    { name: "Sales", number: true, cell: ({ amount }) => <Money amount={amount} currency={currency} /> },
    { name: "Due", number: true, cell: ({ due }) => <Money amount={due} currency={currency} /> },
  ];
}

function adjustmentColumns(currency: string): TableColumn<WholeStatement["adjustments"][number]>[] {
  return [
    { name: "Reason", cell: ({ reason }) => <bdi>{reason}</bdi> },
    { name: "Made", cell: ({ made_at }) => <Time at={made_at} day printed /> },
    { name: "Due", number: true, cell: ({ due }) => <Money amount={due} currency={currency} /> },
  ];
}
