/** Pages of signals: all that are open, one with its rows, and those of an affiliate. */
import type { Child } from "hono/jsx";
import { accept } from "../../core/result.ts";
import { OPERATORS } from "../../core/roles.ts";
import { figureInWords } from "../../core/signals/found-signal.ts";
import { isMistrusted } from "../../core/signals/precision.ts";
import { isSignalName, SIGNAL_NAMES, signalOf } from "../../core/signals/signals.ts";
import { findAffiliate, listAffiliates } from "../affiliates/store.ts";
import { listOffers } from "../offers/store.ts";
import { readFilters } from "../shell/list-query.ts";
import type { Look, Page } from "../shell/page.ts";
import { ChoiceFilter, Filters, TextFilter } from "../shell/parts/filters.tsx";
import { Named } from "../shell/parts/named.tsx";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { NoRows, Pager, Table } from "../shell/parts/table.tsx";
import { Clipped, Details, Id, Nothing, Status, Time } from "../shell/parts/values.tsx";
import { suggest } from "../shell/suggestions.ts";
import { listNamedRows, listSignals, type NamedRowView, namedRowList, readSignal, signalList } from "./list.ts";
import { SignalTable, WasRight } from "./signal-table.tsx";
import type { SignalView } from "./signal-view.ts";

const STATES = ["open", "closed"];

export const signalPages: Page[] = [
  { path: "/signals", roles: OPERATORS, show: showSignals },
  { path: "/signals/:number", roles: OPERATORS, show: showSignal },
  { path: "/affiliates/:slug/signals", roles: OPERATORS, show: showOfAffiliate },
];

async function showSignals({ env, user, url }: Look) {
  const asked = new URL(url);
  if (!asked.searchParams.has("state")) asked.searchParams.set("state", "open");
  const query = readFilters(signalList, asked);
  if (!query.ok) return query;
  const found = await listSignals(env, user.caller, query.value);
  if (!found.ok) return found;
  const [offers, affiliates] = await Promise.all([suggest(env, user, listOffers), suggest(env, user, listAffiliates)]);
  return accept({
    title: "Signals",
    body: (
      <>
        <Head
          title="Signals"
          actions={
            <a class="button" href="/signal-settings">
              What each does
            </a>
          }
        >
          What looks wrong of an affiliate on an offer in 28 days, told from its peers there. Each names its rows; what
          they are, a person decides.
        </Head>
        <Filters url={url}>
          <ChoiceFilter url={asked} name="state" label="State" options={STATES} />
          <ChoiceFilter
            url={url}
            name="signal"
            label="Signal"
            options={SIGNAL_NAMES.map((value) => ({ value, label: signalOf(value).label }))}
          />
          <TextFilter url={url} name="affiliate" label="Affiliate" suggestions={affiliates} />
          <TextFilter url={url} name="offer" label="Offer" suggestions={offers} />
        </Filters>
        <SignalTable
          label="Signals"
          signals={found.value.items}
          empty={
            <NoRows url={url}>
              <p>Nothing looks wrong, as far as the signals can tell. They look every six hours.</p>
            </NoRows>
          }
        />
        <Pager url={url} next={found.value.next} older="Older" />
      </>
    ),
  });
}

async function showOfAffiliate({ env, user, key, url }: Look) {
  const found = await findAffiliate(env, user.caller, key);
  if (!found.ok) return found;
  const { slug, name } = found.value.row;
  const [open, closed] = await Promise.all([
    listSignals(env, user.caller, { affiliate: slug, state: "open" }),
    listSignals(env, user.caller, { affiliate: slug, state: "closed", ...cursorIn(url) }),
  ]);
  if (!open.ok) return open;
  if (!closed.ok) return closed;
  return accept({
    title: `Signals of ${name}`,
    body: (
      <>
        <Head title="Signals" above={[name, `/affiliates/${encodeURIComponent(slug)}`]}>
          Its figures on each offer in 28 days beside those of its peers there, where they are far apart. The affiliate
          sees nothing of it.
        </Head>
        <Card title="Now" flush>
          <SignalTable
            label="Signals now"
            signals={open.value.items}
            without="affiliate"
            empty={<p>Nothing looks wrong, as far as the signals can tell.</p>}
          />
        </Card>
        <Card title="Over" flush>
          <SignalTable
            label="Signals that are over"
            signals={closed.value.items}
            without="affiliate"
            empty={<p>None has come and gone yet.</p>}
          />
        </Card>
        <Pager url={url} next={closed.value.next} older="Older" />
      </>
    ),
  });
}

function cursorIn(url: URL): { cursor?: number } {
  const cursor = url.searchParams.get("cursor") ?? "";
  return /^\d{1,10}$/.test(cursor) ? { cursor: Number(cursor) } : {};
}

async function showSignal({ env, key, url }: Look) {
  const query = readFilters(namedRowList, url);
  if (!query.ok) return query;
  const [found, rows] = await Promise.all([readSignal(env, key), listNamedRows(env, key, query.value)]);
  if (!found.ok) return found;
  if (!rows.ok) return rows;
  const signal = found.value;
  return accept({
    title: `${signal.label} of ${signal.affiliate}`,
    body: (
      <>
        <Head
          title={signal.label}
          above={["Signals", "/signals"]}
          status={<Status status={signal.closed_at === null ? "open" : "over"} />}
          actions={<Ways signal={signal} />}
        >
          {signal.said}
        </Head>
        {isMistrusted(signal) ? (
          <Notice tone="warn">
            <p>
              It was wrong too often on this offer, so that it only shows, whatever is set: <WasRight {...signal} />{" "}
              were decided as it said.
            </p>
          </Notice>
        ) : null}
        <Card title="What it says">
          <Details details={detailsOf(signal)} />
        </Card>
        <Card title="The rows that it names" flush>
          <RowTable rows={rows.value.items} />
        </Card>
        <Pager url={url} next={rows.value.next} older="Older" />
      </>
    ),
  });
}

function Ways({ signal: { affiliate, offer } }: { signal: SignalView }) {
  const both = new URLSearchParams({ affiliate, offer });
  return (
    <>
      <a class="button" href={`/review?${both}`}>
        What is held
      </a>
      <a class="button" href={`/conversions?${both}`}>
        Conversions
      </a>
      <a class="button" href={`/reports?${new URLSearchParams({ group_by: "affiliate", offer })}`}>
        Its peers
      </a>
    </>
  );
}

function detailsOf(signal: SignalView): [string, Child][] {
  const kind = isSignalName(signal.signal) ? signalOf(signal.signal) : null;
  const figure = (value: number) => figureInWords(value, signal.unit);
  const bound = (of: number, value: number) => `${of <= value ? "at least" : "at most"} ${figure(of)}`;
  return [
    [
      "Affiliate",
      <Named
        of="affiliate"
        slug={signal.affiliate}
        href={`/affiliates/${encodeURIComponent(signal.affiliate)}/signals`}
      />,
    ],
    ["Offer", <Named of="offer" slug={signal.offer} href={`/offers/${encodeURIComponent(signal.offer)}`} />],
    ["Event", signal.event],
    ["About", signal.about === "advertiser" ? <Named of="advertiser" slug={signal.advertiser} /> : "the affiliate"],
    ["It is", signal.detail],
    ["Its own", `${figure(signal.own)} of ${signal.cases}, ${bound(signal.own_bound, signal.own)}`],
    ["Usual", `${figure(signal.usual)} of ${signal.usual_cases}, ${bound(signal.usual_bound, signal.usual)}`],
    ["Peers", signal.peers === 0 ? "itself, before" : String(signal.peers)],
    ["It reads", kind?.data ?? null],
    ["It speaks where", kind?.rule ?? null],
    ["What is honest and looks like it", kind?.wrong ?? null],
    ["Right so far on this offer", <WasRight {...signal} />],
    ["Opened", <Time at={signal.opened_at} />],
    ["Seen last", <Time at={signal.seen_at} />],
    ["Over", signal.closed_at === null ? null : <Time at={signal.closed_at} />],
  ];
}

function RowTable({ rows }: { rows: readonly NamedRowView[] }) {
  return (
    <Table
      label="Named rows"
      columns={[
        {
          name: "Row",
          cell: ({ row, kind }: NamedRowView) => (
            <Id id={row} href={kind === "claim" ? `/claims/${row}` : `/conversions/${row}`} />
          ),
        },
        { name: "Order", cell: ({ txid }) => <Clipped text={txid} /> },
        { name: "Then", cell: ({ status_then }) => <Status status={status_then} /> },
        {
          name: "Now",
          cell: ({ status, held }) => (
            <>
              {status === null ? <Nothing /> : <Status status={status} />} {held ? <Status status="held" /> : null}
            </>
          ),
        },
        { name: "Named", cell: ({ named_at }) => <Time at={named_at} /> },
        { name: "Held by it", cell: ({ held_at }) => (held_at === null ? <Nothing /> : <Time at={held_at} />) },
        { name: "It was", cell: ({ verdict }) => (verdict === null ? <Nothing /> : verdict) },
      ]}
      rows={rows}
      empty={<p>It names no rows.</p>}
    />
  );
}
