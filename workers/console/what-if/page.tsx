/** What-ifs: the last ones, the form that asks for one, and of one what it comes to, with the buttons that apply it, drop it or look again. */
import { accept, type Result } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { listOffers, readOffer } from "../offers/store.ts";
import { seeOther } from "../shell/browser-answers.ts";
import type { FormState } from "../shell/form-values.ts";
import type { Look, Page, PageView } from "../shell/page.ts";
import { Named } from "../shell/parts/named.tsx";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { Pager, Table } from "../shell/parts/table.tsx";
import { Clipped, Details, Id, Money, Nothing, Status, Time } from "../shell/parts/values.tsx";
import { saveForm } from "../shell/saved-form.ts";
import { suggest } from "../shell/suggestions.ts";
import { readBody } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { apply, applyWhatIf } from "./applying.ts";
import { type AskedOffer, AskingForm, askedByForm } from "./asking-form.tsx";
import {
  type ConversionView,
  dropWhatIf,
  listWhatIfs,
  lookOnceMore,
  makeWhatIf,
  newWhatIf,
  readConversions,
  readWhatIf,
  type WhatIfLine,
  type WhatIfView,
} from "./store.ts";

const PATH = "/what-if";
const NEW = "/new-what-if";
const TITLE = "What-if";

export const whatIfPages: Page[] = [
  { path: PATH, roles: holders("what_if"), show: showList },
  {
    path: NEW,
    roles: holders("what_if"),
    show: (look) => ask(look, { values: {}, problem: null }),
    async act(sent) {
      const { env, user, form, nowMs } = sent;
      const offer = await offerOf(sent);
      if (!offer.ok) return offer;
      return saveForm({
        form,
        schema: newWhatIf,
        prepare: (values) => askedByForm(values, offer.value),
        save: (input) => makeWhatIf(env, input, { by: user.caller, atMs: nowMs }),
        done: (made) => `${PATH}/${made.what_if}`,
        again: (state) => asking(offer.value, state),
      });
    },
  },
  {
    path: `${PATH}/:number`,
    roles: holders("what_if"),
    show: (look) => showOne(look, null),
    async act(sent) {
      const { env, key, form, user, nowMs } = sent;
      const change = { by: user.caller, atMs: nowMs };
      const said = form.get("do");
      if (said === "apply") {
        if (!may(user.caller, "correct")) return showOne(sent, NOT_ALLOWED);
        const read = readBody(applyWhatIf, { note: form.get("note") ?? "" });
        if (!read.ok) return showOne(sent, read.refusal);
        const done = await apply(env, key, read.value, change);
        return done.ok ? accept(seeOther(`${PATH}/${key}`)) : showOne(sent, done.refusal);
      }
      const done = await (said === "drop" ? dropWhatIf : lookOnceMore)(env, key, change);
      return done.ok ? accept(seeOther(`${PATH}/${done.value.what_if}`)) : showOne(sent, done.refusal);
    },
  },
];

const NOT_ALLOWED: Problem = { name: "not_allowed", detail: "Only who may correct conversions applies a what-if." };

async function showList({ env, user }: Look): Promise<Result<PageView, Problem>> {
  const [{ items }, offers] = await Promise.all([listWhatIfs(env), suggest(env, user, listOffers)]);
  return accept({
    title: TITLE,
    body: (
      <>
        <Head title={TITLE}>
          The books of a period as other rules would have them, beside the real ones: what conversions would be worth,
          which would count, and which would not. Nothing changes until it is applied.
        </Head>
        <Card title="Look under other rules">
          <form method="get" action={NEW} class="inline">
            <label>
              <span>Offer</span>
              <select name="offer">
                {offers.map(({ value, label }) => (
                  <option value={value}>{label === value ? value : `${label} (${value})`}</option>
                ))}
              </select>
            </label>
            <button type="submit" class="primary">
              Say the rules
            </button>
          </form>
        </Card>
        <Table
          label="What-ifs"
          columns={[
            {
              name: TITLE,
              cell: ({ what_if: number, name }: WhatIfLine) => (
                <a href={`${PATH}/${number}`}>
                  {number}: {name}
                </a>
              ),
            },
            { name: "Advertiser", cell: ({ advertiser }) => <Named of="advertiser" slug={advertiser} /> },
            { name: "Offer", cell: ({ offer }) => (offer === null ? "all" : <Named of="offer" slug={offer} />) },
            { name: "From", cell: ({ from }) => <Time at={from} day /> },
            { name: "Until", cell: ({ until }) => <Time at={until} day /> },
            { name: "By", cell: ({ by }) => by },
            { name: "State", cell: ({ state }) => <Status status={state} /> },
          ]}
          rows={items}
          empty={<p>None yet: choose an offer, and say what is to be otherwise.</p>}
        />
      </>
    ),
  });
}

async function offerOf({ env, user, url }: Look): Promise<Result<AskedOffer, Problem>> {
  const found = await readOffer(env, user.caller, url.searchParams.get("offer") ?? "");
  if (!found.ok) return found;
  const { slug, advertiser, currency, window_days, events } = found.value;
  return accept({ slug, advertiser, currency, window_days, events });
}

async function ask(look: Look, form: FormState): Promise<Result<PageView, Problem>> {
  const offer = await offerOf(look);
  return offer.ok ? accept(asking(offer.value, form)) : offer;
}

function asking(offer: AskedOffer, form: FormState): PageView {
  return {
    title: `${TITLE} of ${offer.slug}`,
    body: (
      <>
        <Head above={[TITLE, PATH]} title={`What if ${offer.slug} had other rules?`}>
          What is left empty is as it was. At most 10,000 messages of a period are looked at.
        </Head>
        <AskingForm offer={offer} form={form} />
      </>
    ),
  };
}

async function showOne(look: Look, problem: Problem | null): Promise<Result<PageView, Problem>> {
  const { env, key, user, url } = look;
  const found = await readWhatIf(env, key);
  if (!found.ok) return found;
  const one = found.value;
  const part = Number(/^\d{1,6}$/.exec(url.searchParams.get("cursor") ?? "")?.[0] ?? 0);
  const conversions = await readConversions(env, key, part);
  if (!conversions.ok) return conversions;
  const { items, next } = conversions.value;
  return accept({
    title: `${TITLE} ${one.what_if}`,
    body: (
      <>
        <Head above={[TITLE, PATH]} title={`${one.what_if}: ${one.name}`} status={<Status status={one.state} />}>
          {one.messages} messages from <Time at={one.from} /> until <Time at={one.until} />, looked at{" "}
          <Time at={one.looked_at} />.
        </Head>
        {problem === null ? null : <Notice tone="bad">{problem.errors?.[0]?.detail ?? problem.detail}</Notice>}
        {one.left_out > 0 ? (
          <Notice tone="warn">
            {one.left_out} had changed after it was looked at, or is too long to be sent, and was left out: it is marked
            below. Look again, and apply what that finds.
          </Notice>
        ) : null}
        {one.too_large.length > 0 ? (
          <Notice tone="warn">
            {one.too_large.length} could not be looked at, since more than 300 messages have to do with one another.
          </Notice>
        ) : null}
        <Groups groups={one.groups} />
        <Buttons one={one} mayApply={may(user.caller, "correct")} />
        <Conversions items={items} state={one.state} />
        <Pager url={url} next={next} older="Next" />
        <Card title="What it is">
          <Details
            details={[
              ["Advertiser", <Named of="advertiser" slug={one.advertiser} />],
              ["Offer", one.offer === null ? "all" : <Named of="offer" slug={one.offer} />],
              ["Looked at by", one.by],
              ["Applied", one.applied_at === null ? <Nothing /> : <Time at={one.applied_at} />],
              ["By", one.applied_by ?? <Nothing />],
              ["Note", one.note ?? <Nothing />],
              ["Rules", <code class="wrapped">{JSON.stringify(one.rules)}</code>, "long"],
            ]}
          />
        </Card>
      </>
    ),
  });
}

function Groups({ groups }: { groups: WhatIfView["groups"] }) {
  return (
    <Card title="What would be otherwise" flush>
      <Table
        label="Differences"
        columns={[
          {
            name: "Affiliate",
            cell: ({ affiliate }: WhatIfView["groups"][number]) => <Named of="affiliate" slug={affiliate} />,
          },
          { name: "Offer", cell: ({ offer }) => <Named of="offer" slug={offer} /> },
          { name: "Gained", number: true, cell: ({ gained }) => String(gained) },
          { name: "Lost", number: true, cell: ({ lost }) => String(lost) },
          { name: "Other", number: true, cell: ({ changed }) => String(changed) },
          {
            name: "Amount",
            number: true,
            cell: ({ amount, currency }) => <Money amount={amount} currency={currency} />,
          },
          {
            name: "Revenue",
            number: true,
            cell: ({ revenue, currency }) => <Money amount={revenue} currency={currency} />,
          },
          {
            name: "Payout",
            number: true,
            cell: ({ payout, currency }) => <Money amount={payout} currency={currency} />,
          },
        ]}
        rows={groups}
        empty={<p>Nothing would be otherwise.</p>}
      />
    </Card>
  );
}

function Conversions({ items, state }: { items: readonly ConversionView[]; state: WhatIfLine["state"] }) {
  if (items.length === 0) return null;
  const columns = [
    {
      name: "Conversion",
      cell: ({ conversion }: ConversionView) =>
        conversion === null ? "a new one" : <Id id={conversion} href={`/conversions/${conversion}`} />,
    },
    { name: "Received", cell: ({ received_at: at }: ConversionView) => <Time at={at} /> },
    { name: "Affiliate", cell: ({ affiliate }: ConversionView) => <Named of="affiliate" slug={affiliate} /> },
    { name: "Event", cell: ({ event }: ConversionView) => event },
    {
      name: "Status",
      cell: ({ before, after }: ConversionView) => <Move from={before?.status ?? null} to={after.status} />,
    },
    {
      name: "Payout",
      number: true,
      cell: ({ before, after, currency }: ConversionView) => (
        <MoneyMove from={before?.payout ?? null} to={after.payout} currency={currency} />
      ),
    },
    {
      name: "Revenue",
      number: true,
      cell: ({ before, after, currency }: ConversionView) => (
        <MoneyMove from={before?.revenue ?? null} to={after.revenue} currency={currency} />
      ),
    },
    { name: "By", cell: ({ after }: ConversionView) => <Clipped text={after.rule} /> },
    ...(state === "applied" && items.some(({ left_out: isLeftOut }) => isLeftOut)
      ? [{ name: "Applied", cell: ({ left_out: isLeftOut }: ConversionView) => (isLeftOut ? "left out" : "yes") }]
      : []),
  ];
  return (
    <Card title="Conversion by conversion" flush>
      <Table label="Conversions" columns={columns} rows={items} empty={null} />
    </Card>
  );
}

function Move({ from, to }: { from: string | null; to: string }) {
  if (from === to) return <Status status={to} />;
  return (
    <>
      {from ?? "nothing"} → <Status status={to} />
    </>
  );
}

function MoneyMove({ from, to, currency }: { from: string | null; to: string; currency: string }) {
  if (from === to) return <Money amount={to} currency={currency} />;
  return (
    <>
      {from ?? "0.00"} → <Money amount={to} currency={currency} />
    </>
  );
}

function Buttons({ one, mayApply }: { one: WhatIfView; mayApply: boolean }) {
  const { state, left, groups } = one;
  const isOpen = state === "open";
  const canApply = mayApply && ((isOpen && groups.length > 0) || (state === "applied" && left > 0));
  return (
    <form method="post" class="form-actions">
      {canApply && isOpen ? (
        <label>
          <span>Why</span>
          <input name="note" required maxlength={500} autocomplete="off" />
        </label>
      ) : null}
      {canApply && !isOpen ? <input type="hidden" name="note" value={one.note ?? one.name} /> : null}
      {canApply ? (
        <button type="submit" name="do" value="apply" class="primary">
          {isOpen ? "Apply as adjustments" : "Go on"}
        </button>
      ) : null}
      <button type="submit" name="do" value="look" formnovalidate>
        Look again
      </button>
      {isOpen ? (
        <button type="submit" name="do" value="drop" formnovalidate>
          Drop it
        </button>
      ) : null}
    </form>
  );
}
