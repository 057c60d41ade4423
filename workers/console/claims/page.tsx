/** Claims: what came by the pixel, newest first, with what an operator may do with each and with many. */

import { accept } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { EVERYONE } from "../../core/roles.ts";
import type { Subject } from "../../core/subjects.ts";
import { listAdvertisers } from "../advertisers/store.ts";
import { listAffiliates } from "../affiliates/store.ts";
import { textIn } from "../conversions/fields-of.ts";
import { notesCard } from "../notes/card.tsx";
import { listOffers } from "../offers/store.ts";
import type { FormState } from "../shell/form-values.ts";
import { askedFor, isOfFields, readFilters, withDays } from "../shell/list-query.ts";
import type { Look, Page, PageView } from "../shell/page.ts";
import { ChoiceFilter, DaysFilter, Filters, TextFilter } from "../shell/parts/filters.tsx";
import { TextField } from "../shell/parts/form.tsx";
import { Named } from "../shell/parts/named.tsx";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { NoRows, Pager, Table, type TableColumn, WrongFilter } from "../shell/parts/table.tsx";
import { Clipped, Details, Id, Money, Nothing, Status, TestMark, Time } from "../shell/parts/values.tsx";
import { saveForm } from "../shell/saved-form.ts";
import { suggest } from "../shell/suggestions.ts";
import { zoneOf } from "../shell/zone.ts";
import { type ListShape, shapeOf } from "../views/list-shape.ts";
import { ViewTabs } from "../views/view-tabs.tsx";
import type { Caller } from "../web/caller.ts";
import { parameters, readQuery } from "../web/input.ts";
import { claimFilters, claimList, listClaims, readClaim, STATES } from "./list.ts";
import {
  ACTIONS,
  confirmation,
  countClaims,
  dismissal,
  manyRulings,
  type Ruling,
  ruleOnClaim,
  ruleOnClaims,
} from "./rulings.ts";

type Row = Record<string, unknown>;

const FIELDS = ["txid", "click_id", "advertiser", "offer", "affiliate", "state", "range", "from", "to"];
const manyFilters = parameters(claimFilters);
const EMPTY: FormState = { values: {}, problem: null };
const DONE = { confirm: "confirmed", dismiss: "dismissed" } as const;

export const claimPages: readonly Page[] = [
  {
    path: "/claims",
    roles: EVERYONE,
    actors: holders("review"),
    show: async (look) => {
      const shape = await shapeOf(look, "claims");
      if (shape instanceof Response) return accept(shape);
      const view = await listOf(look, shape);
      return view.ok ? accept(view.value(EMPTY)) : view;
    },
    async act(sent) {
      const shape = await shapeOf(sent, "claims");
      if (shape instanceof Response) return accept(shape);
      const view = await listOf(sent, shape);
      if (!view.ok) return view;
      const ruling = rulingIn(sent.form);
      return saveForm({
        form: sent.form,
        schema: manyRulings,
        prepare: (values) => ({ ...filtersOf(withDays(sent.url, sent.nowMs)), ...said(values, ["count", "note"]) }),
        save: (input) => ruleOnClaims(sent.env, ruling, input, { by: sent.user.caller, atMs: sent.nowMs }),
        done: () => `/claims?state=${DONE[ruling]}`,
        again: view.value,
      });
    },
  },
  {
    path: "/claims/:receipt",
    roles: EVERYONE,
    actors: holders("review"),
    show: async (look) => {
      const view = await claimOf(look);
      return view.ok ? accept(view.value(EMPTY)) : view;
    },
    async act(sent) {
      const view = await claimOf(sent);
      if (!view.ok) return view;
      const ruling = rulingIn(sent.form);
      return saveForm({
        form: sent.form,
        schema: ruling === "confirm" ? confirmation : dismissal,
        prepare: (values) => said(values, ruling === "confirm" ? ["note", "amount"] : ["note"]),
        save: (input) => ruleOnClaim(sent.env, ruling, sent.key, input, { by: sent.user.caller, atMs: sent.nowMs }),
        done: () => `/claims/${sent.key}?sent=${ruling}`,
        again: view.value,
      });
    },
  },
];

/** Which button was pressed. */
function rulingIn(form: URLSearchParams): Ruling {
  return ACTIONS.find((ruling) => ruling === form.get(":ruling")) ?? "confirm";
}

function said(values: unknown, names: readonly string[]): Row {
  const all = typeof values === "object" && values !== null ? Object.entries(values) : [];
  return Object.fromEntries(all.filter(([name]) => names.includes(name)));
}

/** What the address asks for, without what only places rows. A range that is none stands there, to be refused. */
function filtersOf(url: URL): Record<string, string> {
  return Object.fromEntries([...askedFor(url)].filter(([name]) => name in claimFilters || name === "range"));
}

/** The list, with the form for all that it asks for where that is open claims. */
async function listOf(look: Look, shape: ListShape) {
  const { env, user, url, request, nowMs } = look;
  const { caller } = user;
  const dated = withDays(url, nowMs);
  const query = readFilters(claimList, dated);
  const found = query.ok ? await listClaims(env, caller, query.value) : query;
  if (!found.ok && !isOfFields(found.refusal, FIELDS)) return found;
  const [advertisers, offers, affiliates] = await Promise.all([
    suggest(env, user, listAdvertisers),
    suggest(env, user, listOffers),
    caller.scope === "everything" ? suggest(env, user, listAffiliates) : undefined,
  ]);
  const isOpen = query.ok && query.value.state === "open" && may(caller, "review");
  const asked = isOpen ? readQuery(manyFilters, new URLSearchParams(filtersOf(dated))) : null;
  const count = asked?.ok ? await countClaims(env, asked.value, { by: caller, atMs: nowMs }) : null;
  const open = count?.ok ? count.value.open : 0;
  return accept(
    (form: FormState): PageView => ({
      title: "Claims",
      body: (
        <>
          <Head
            title="Claims"
            actions={
              <>
                {caller.scope === "everything" ? (
                  <a class="button" href="/waiting-orders">
                    Waiting orders
                  </a>
                ) : null}
                {may(caller, "review") ? (
                  <a class="button" href="/confirm-orders">
                    Confirm from the shop’s list
                  </a>
                ) : null}
              </>
            }
          >
            What browsers said by the pixel. Anyone can call it, so a claim earns nothing until the sender speaks of its
            click or order, or an operator confirms it.
          </Head>
          <ViewTabs shape={shape} user={user} />
          <Filters url={url} problem={found.ok ? null : found.refusal} timeZone={zoneOf(request)}>
            <ChoiceFilter url={url} name="state" label="State" options={STATES} />
            <TextFilter url={url} name="txid" label="Order" />
            <TextFilter url={url} name="click_id" label="Click ID" />
            {caller.scope === "everything" ? (
              <TextFilter url={url} name="advertiser" label="Advertiser" suggestions={advertisers} />
            ) : null}
            <TextFilter url={url} name="offer" label="Offer" suggestions={offers} />
            {caller.role === "affiliate" ? null : (
              <TextFilter
                url={url}
                name="affiliate"
                label="Affiliate"
                {...(affiliates && { suggestions: affiliates })}
              />
            )}
            <DaysFilter url={url} />
          </Filters>
          {open > 0 ? <ManyForm form={form} open={open} /> : null}
          {found.ok ? (
            <>
              <Table
                label="Claims"
                columns={columnsOfClaims(caller)}
                rows={found.value.items}
                empty={
                  <NoRows url={url}>
                    <p>No claims yet. They come by the pixel, which is off unless an advertiser has it turned on.</p>
                  </NoRows>
                }
              />
              <Pager url={url} next={found.value.next} older="Older" />
            </>
          ) : (
            <WrongFilter />
          )}
        </>
      ),
    }),
  );
}

function ManyForm({ form, open }: { form: FormState; open: number }) {
  const few = open === 1 ? "1 open claim fits" : `${open} open claims fit`;
  return (
    <Card title={`${few}, without tests`} id="rule">
      <form method="post" class="form" action="#rule" novalidate>
        <input type="hidden" name="count:number" value={String(open)} />
        <RulingFields form={form} verbs={{ confirm: "Confirm them all", dismiss: "Dismiss them all" }} />
      </form>
    </Card>
  );
}

function RulingFields({ form, verbs }: { form: FormState; verbs: Record<Ruling, string> }) {
  return (
    <>
      <TextField
        form={form}
        path="note"
        label="Note"
        wide
        required
        help="Why. It is kept with the conversion and in the audit log, for good."
      />
      {form.problem === null ||
      form.problem.errors?.some((fault) => "pointer" in fault && fault.pointer === "#/note") ? null : (
        <p class="fault">{form.problem.errors?.[0]?.detail ?? form.problem.detail}</p>
      )}
      <div class="form-actions">
        <button type="submit" class="primary" name=":ruling" value="confirm">
          {verbs.confirm}
        </button>
        <button type="submit" name=":ruling" value="dismiss">
          {verbs.dismiss}
        </button>
      </div>
    </>
  );
}

/** One claim, with the form for it while it is open or dismissed. */
async function claimOf(look: Look) {
  const { env, user, key, url } = look;
  const found = await readClaim(env, user.caller, key);
  if (!found.ok) return found;
  const claim = found.value;
  const state = textIn(claim, "state") ?? "";
  const notes = await notesCard(look, "claim", key);
  const isAsked = may(user.caller, "review") && (state === "open" || state === "dismissed");
  return accept(
    (form: FormState): PageView => ({
      title: `Claim ${key}`,
      body: (
        <>
          <Head
            above={["Claims", "/claims"]}
            title={
              <>
                Claim <Id id={key} />
              </>
            }
            status={
              <>
                <Status status={state} /> {claim.test === true ? <TestMark /> : null}
              </>
            }
          />
          {url.searchParams.has("sent") && form.problem === null ? (
            <Notice tone="info">
              <p>It is in the queue, and is booked within seconds.</p>
            </Notice>
          ) : null}
          {isAsked ? <OneForm claim={claim} form={form} /> : null}
          <Card title="What was claimed">
            <Details details={factsOfClaim(claim, user.caller.role !== "affiliate")} />
          </Card>
          {notes}
        </>
      ),
    }),
  );
}

function OneForm({ claim, form }: { claim: Row; form: FormState }) {
  return (
    <Card title="Confirm or dismiss it" id="rule">
      <form method="post" class="form" action="#rule" novalidate>
        <TextField
          form={form}
          path="amount"
          label={`Amount, ${textIn(claim, "currency")}`}
          placeholder={textIn(claim, "amount") ?? ""}
          help="What the sale amounts to; left empty, what was claimed."
        />
        <RulingFields form={form} verbs={{ confirm: "Confirm it", dismiss: "Dismiss it" }} />
      </form>
    </Card>
  );
}

function factsOfClaim(claim: Row, hasLog: boolean) {
  const detail = (label: string, name: string) => [label, textIn(claim, name)] as const;
  const named = (label: string, of: Subject) => {
    const slug = textIn(claim, of);
    return [label, slug === null ? null : <Named of={of} slug={slug} />] as const;
  };
  const receipt = textIn(claim, "receipt");
  return [
    named("Offer", "offer"),
    named("Advertiser", "advertiser"),
    named("Affiliate", "affiliate"),
    named("Link", "link"),
    detail("Event", "event"),
    detail("Order", "txid"),
    ["Amount", <Money amount={textIn(claim, "amount")} currency={textIn(claim, "currency")} />],
    ["Click ID", <code class="break">{textIn(claim, "click_id")}</code>],
    ["Received", <Time at={textIn(claim, "received_at")} />],
    ["Conversion", <ConversionOf claim={claim} />],
    [
      "Postback",
      receipt === null ? null : hasLog ? <Id id={receipt} href={`/postbacks/${receipt}`} /> : <Id id={receipt} />,
    ],
  ] as const;
}

function ConversionOf({ claim }: { claim: Row }) {
  const id = textIn(claim, "conversion_id");
  return id === null ? <Nothing /> : <Id id={id} href={`/conversions/${id}`} />;
}

function columnsOfClaims({ role }: Caller): TableColumn<Row>[] {
  const plain = (name: string, column: string): TableColumn<Row> => ({
    name,
    cell: (row) => <Clipped text={textIn(row, column)} />,
  });
  const named = (name: string, column: Subject): TableColumn<Row> => ({
    name,
    cell: (row) => <Named of={column} slug={textIn(row, column)} />,
  });
  return [
    {
      name: "Received",
      cell: (row) => (
        <a href={`/claims/${textIn(row, "receipt")}`}>
          <Time at={textIn(row, "received_at")} />
        </a>
      ),
    },
    {
      name: "State",
      cell: (row) => (
        <>
          <Status status={textIn(row, "state") ?? ""} /> {row.test === true ? <TestMark /> : null}
        </>
      ),
    },
    named("Offer", "offer"),
    plain("Event", "event"),
    ...(role === "affiliate" ? [] : [named("Affiliate", "affiliate")]),
    plain("Order", "txid"),
    {
      name: "Amount",
      number: true,
      cell: (row) => <Money amount={textIn(row, "amount")} currency={textIn(row, "currency")} />,
    },
    { name: "Conversion", cell: (row) => <ConversionOf claim={row} /> },
  ];
}
