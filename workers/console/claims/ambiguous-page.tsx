/** The page of orders that wait since only the pixel names a click for them: which clicks, whose they are, and a button for each. */
import { accept, type Result } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { listAdvertisers } from "../advertisers/store.ts";
import { ReviewTabs } from "../review/deciding.tsx";
import { seeOther } from "../shell/browser-answers.ts";
import { askedFor, isOfFields } from "../shell/list-query.ts";
import type { Look, Page, PageView, Submission } from "../shell/page.ts";
import { Filters, TextFilter } from "../shell/parts/filters.tsx";
import { Named } from "../shell/parts/named.tsx";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { NoRows, Pager, Table, type TableColumn, WrongFilter } from "../shell/parts/table.tsx";
import { Clipped, Id, Money, Time } from "../shell/parts/values.tsx";
import { suggest } from "../shell/suggestions.ts";
import { readBody, readQuery } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { type AmbiguousOrder, ambiguousList, dismissOrders, listAmbiguous, noClick } from "./ambiguous-orders.ts";
import { confirmation, ruleOnClaim } from "./rulings.ts";

const PATH = "/waiting-orders";
/** One click decides; who has more to say writes another note. */
const USUAL_NOTE = "decided among the clicks that were claimed";

export const ambiguousPage: Page = {
  path: PATH,
  roles: OPERATORS,
  actors: holders("review"),
  show: (look) => view(look, USUAL_NOTE, null),
  act,
};

/** A button says `click` and the claim's receipt, or `none` and the order's place; `ticked` means all orders that are ticked. */
async function act(sent: Submission): Promise<Result<PageView | Response, Problem>> {
  const { env, form, user, nowMs } = sent;
  const change = { by: user.caller, atMs: nowMs };
  const [what = "", of = ""] = (form.get("decide") ?? "").split(" ");
  const note = form.get("note") ?? "";
  const done = what === "click" ? await confirmOne() : await dismissAll(what === "none" ? [of] : form.getAll("ticked"));
  return done.ok ? accept(seeOther(`${PATH}?sent=${what}`)) : view(sent, note, done.refusal);

  async function confirmOne(): Promise<Result<unknown, Problem>> {
    const input = readBody(confirmation, { note });
    return input.ok ? ruleOnClaim(env, "confirm", of, input.value, change) : input;
  }

  async function dismissAll(places: readonly string[]): Promise<Result<unknown, Problem>> {
    const named = places.map(
      (place) => [form.get(`advertiser ${place}`) ?? "", form.get(`txid ${place}`) ?? ""] as const,
    );
    for (const [advertiser, orders] of Map.groupBy(named, ([slug]) => slug)) {
      const input = readBody(noClick, { advertiser, orders: orders.map(([, txid]) => txid), note });
      const dismissed = input.ok ? await dismissOrders(env, input.value, change) : input;
      if (!dismissed.ok) return dismissed;
    }
    return accept(null);
  }
}

async function view(look: Look, note: string, problem: Problem | null): Promise<Result<PageView, Problem>> {
  const { env, user, url } = look;
  const asked = [...askedFor(url)];
  const query = readQuery(ambiguousList, new URLSearchParams(asked));
  const found = query.ok ? await listAmbiguous(env, user.caller, query.value) : query;
  if (!found.ok && !isOfFields(found.refusal, ["advertiser", "txid"])) return found;
  const advertisers = await suggest(env, user, listAdvertisers);
  const mayDecide = may(user.caller, "review");
  return accept({
    title: "Waiting orders",
    body: (
      <>
        <Head above={["Claims", "/claims?state=open"]} title="Waiting orders">
          The sender named these orders without a click, and only the pixel names one for them. Anyone can call it: the
          click that you choose is paid.
        </Head>
        <ReviewTabs at="orders" />
        {url.searchParams.has("sent") && problem === null ? (
          <Notice tone="info">
            <p>It is in the queue, and is booked within seconds.</p>
          </Notice>
        ) : null}
        <Filters url={url} problem={found.ok ? null : found.refusal}>
          <TextFilter url={url} name="advertiser" label="Advertiser" suggestions={advertisers} />
          <TextFilter url={url} name="txid" label="Order" />
        </Filters>
        {found.ok ? (
          <form method="post" action={PATH}>
            {found.value.items.length > 0 && mayDecide ? <Deciding note={note} problem={problem} /> : null}
            {found.value.items.map((order, place) => (
              <OrderCard order={order} place={String(place)} mayDecide={mayDecide} />
            ))}
            {found.value.items.length === 0 ? (
              <NoRows url={url}>
                <p>{found.value.next ? "None among the newest open claims: look at older ones." : "No order waits."}</p>
              </NoRows>
            ) : null}
            <Pager url={url} next={found.value.next} older="Older" />
          </form>
        ) : (
          <WrongFilter />
        )}
      </>
    ),
  });
}

function Deciding({ note, problem }: { note: string; problem: Problem | null }) {
  return (
    <Card title="Decide">
      <div class="field wide">
        <label for="note">Note</label>
        <input type="text" id="note" name="note" value={note} autocomplete="off" required />
      </div>
      {problem === null ? null : (
        <p class="fault" role="alert">
          {problem.errors?.[0]?.detail ?? problem.detail}
        </p>
      )}
      <p class="help">It is kept with the conversion and in the audit log, for good.</p>
      <div class="form-actions">
        <button type="submit" name="decide" value="ticked">
          No click for the orders that are ticked
        </button>
      </div>
    </Card>
  );
}

function OrderCard({ order, place, mayDecide }: { order: AmbiguousOrder; place: string; mayDecide: boolean }) {
  const clicks = new Set(order.claims.map(({ click_id }) => click_id)).size;
  const noClickButton = (
    <button type="submit" name="decide" value={`none ${place}`}>
      None of them
    </button>
  );
  return (
    <Card
      title={
        <>
          {mayDecide ? (
            <input
              type="checkbox"
              name="ticked"
              value={place}
              aria-label={`Order ${order.txid} of ${order.advertiser}`}
            />
          ) : null}{" "}
          Order <bdi>{order.txid}</bdi> of <Named of="advertiser" slug={order.advertiser} />:{" "}
          {clicks === 1 ? "1 click claims it" : `${clicks} clicks claim it`}
        </>
      }
      actions={mayDecide ? noClickButton : null}
      flush
    >
      <input type="hidden" name={`advertiser ${place}`} value={order.advertiser} />
      <input type="hidden" name={`txid ${place}`} value={order.txid} />
      <p class="help">
        The sender said:{" "}
        {order.waiting.map(({ receipt, status, amount, received_at: at }) => (
          <>
            <Id id={receipt} href={`/postbacks/${receipt}`} /> {status ?? ""} {amount ?? ""} <Time at={at} />{" "}
          </>
        ))}
      </p>
      <Table
        label={`Claims of order ${order.txid}`}
        columns={[...COLUMNS, ...(mayDecide ? [CHOOSE] : [])]}
        rows={order.claims}
        empty={null}
      />
    </Card>
  );
}

type Claimed = AmbiguousOrder["claims"][number];

const COLUMNS: TableColumn<Claimed>[] = [
  {
    name: "Claimed",
    cell: (claim) => (
      <a href={`/claims/${claim.receipt}`}>
        <Time at={claim.received_at} />
      </a>
    ),
  },
  { name: "Affiliate", cell: (claim) => <Named of="affiliate" slug={claim.affiliate} /> },
  { name: "Offer", cell: (claim) => <Named of="offer" slug={claim.offer} /> },
  { name: "Event", cell: (claim) => <Clipped text={claim.event} /> },
  { name: "Link", cell: (claim) => <Named of="link" slug={claim.link} /> },
  { name: "Clicked", cell: (claim) => <Time at={claim.clicked_at} /> },
  { name: "Click", cell: (claim) => <Id id={claim.click_id} /> },
  { name: "Amount", number: true, cell: (claim) => <Money amount={claim.amount} currency={claim.currency} /> },
];

const CHOOSE: TableColumn<Claimed> = {
  name: "",
  cell: ({ receipt }) => (
    <button type="submit" name="decide" value={`click ${receipt}`}>
      This click
    </button>
  ),
};
