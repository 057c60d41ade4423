/** The page of review, made for the keyboard: what is held at the left, and beside it the story of one, how its affiliate fares, and the buttons that decide. */

import { HOLD_REASONS } from "../../../schema/tables.ts";
import { accept, type Result } from "../../core/result.ts";
import { holders, may } from "../../core/rights.ts";
import { OPERATORS } from "../../core/roles.ts";
import { listAffiliates } from "../affiliates/store.ts";
import { readConversion } from "../conversions/account.ts";
import { postbacksOf, titleOf } from "../conversions/conversion-page.tsx";
import { DECISION_NAMES, decideConversion, undoDecision } from "../conversions/decisions.ts";
import { rowsIn, textIn } from "../conversions/fields-of.ts";
import { Story } from "../conversions/story.tsx";
import { HELD_FOR } from "../conversions/why-held.ts";
import { listOffers } from "../offers/store.ts";
import type { ReasonView } from "../reasons/fields.ts";
import { activeReasons } from "../reasons/store.ts";
import { seeOther } from "../shell/browser-answers.ts";
import { moneyText } from "../shell/figures.ts";
import { askedFor, isOfFields } from "../shell/list-query.ts";
import type { Look, Page, PageView, Submission } from "../shell/page.ts";
import { ChoiceFilter, DayFilter, Filters, TextFilter } from "../shell/parts/filters.tsx";
import { Named } from "../shell/parts/named.tsx";
import { Card, Head } from "../shell/parts/section.tsx";
import { NoRows, Pager, WrongFilter } from "../shell/parts/table.tsx";
import { Money, Status, TestMark, Time } from "../shell/parts/values.tsx";
import { suggest } from "../shell/suggestions.ts";
import { readBody, readQuery } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { countedIn, decisionIn } from "./bulk-form.ts";
import { countBulk, newBulk } from "./count-bulk.ts";
import { Decide, DecideMany, JustSaid, Keys, ReviewTabs } from "./deciding.tsx";
import { type HeldPage, heldList, listHeld } from "./held-list.ts";
import { doneIn, filterOf, placeAfter, placeUndone } from "./held-place.ts";
import { HeldRows } from "./held-rows.tsx";
import { readSurroundings, SurroundingCards } from "./surroundings.tsx";

const ROWS = "100";
const FIELDS = ["advertiser", "offer", "affiliate", "event", "currency", "hold_reason", "before", "least", "most"];

export const reviewPage: Page = {
  path: "/review",
  roles: OPERATORS,
  actors: holders("review"),
  show: (look) => view(look, null),
  act,
};

/** A button says what: a decision with a reason, `undo` with conversion and receipt, or `count` with which. */
async function act(sent: Submission): Promise<Result<PageView | Response, Problem>> {
  const { env, form, user, nowMs, url } = sent;
  const change = { by: user.caller, atMs: nowMs };
  const [what = "", of, receipt] = (form.get("decide") ?? "").split(" ");
  const note = form.get("note") || undefined;
  const counted = countedIn(form);
  if (counted !== undefined) return count(sent, counted);
  if (what === "undo" && of !== undefined) {
    const undone = await undoDecision(env, of, { receipt, note }, change);
    return undone.ok ? accept(seeOther(placeUndone(url, of))) : view(sent, undone.refusal);
  }
  const name = DECISION_NAMES.find((one) => one === what);
  const id = form.get("id") ?? "";
  if (name === undefined || id === "") return accept(seeOther(url.pathname + url.search));
  const decided = await decideConversion(env, id, name, { note, reason: of }, change);
  if (!decided.ok) return view(sent, decided.refusal);
  const said = { name, receipt: decided.value.receipt };
  return accept(seeOther(placeAfter(url, id, form.get("next") || null, said)));
}

/** Counts those that are ticked, or all that fit the address, and leads to the page that decides. */
async function count(sent: Submission, ticked: string[] | null): Promise<Result<PageView | Response, Problem>> {
  const { env, form, user, nowMs, url } = sent;
  const { cursor: _, limit: __, ...filter } = Object.fromEntries(askedFor(filterOf(url)));
  const input = readBody(newBulk, { ...(ticked === null ? filter : { conversions: ticked }), ...decisionIn(form) });
  const counted = input.ok ? await countBulk(env, input.value, { by: user.caller, atMs: nowMs }) : input;
  return counted.ok ? accept(seeOther(`/review/bulks/${counted.value.bulk}`)) : view(sent, counted.refusal);
}

async function view(look: Look, problem: Problem | null): Promise<Result<PageView, Problem>> {
  const { env, user, url } = look;
  const asked = askedFor(filterOf(url));
  if (!asked.has("limit")) asked.set("limit", ROWS);
  const query = readQuery(heldList, asked);
  const found = query.ok ? await listHeld(env, user.caller, query.value) : query;
  if (!found.ok && !isOfFields(found.refusal, FIELDS)) return found;
  const [offers, affiliates, reasons] = await Promise.all([
    suggest(env, user, listOffers),
    suggest(env, user, listAffiliates),
    activeReasons(env, user.caller),
  ]);
  return accept({
    title: "Review",
    scripts: ["review.js"],
    body: (
      <>
        <Head title="Review">What is held until an operator decides. It is accrued, and not payable before that.</Head>
        <ReviewTabs at="held" />
        <Filters url={filterOf(url)} problem={found.ok ? null : found.refusal}>
          <TextFilter url={url} name="offer" label="Offer" suggestions={offers} />
          <TextFilter url={url} name="affiliate" label="Affiliate" suggestions={affiliates} />
          <TextFilter url={url} name="event" label="Event" />
          <ChoiceFilter
            url={url}
            name="hold_reason"
            label="Held for"
            options={HOLD_REASONS.map((value) => ({ value, label: HELD_FOR[value] ?? value }))}
          />
          <DayFilter url={url} name="before" label="Received before" />
          <TextFilter url={url} name="currency" label="Currency" />
          <TextFilter url={url} name="least" label="Amount from" />
          <TextFilter url={url} name="most" label="Amount to" />
        </Filters>
        {found.ok ? await SideBySide({ look, page: found.value, reasons, problem }) : <WrongFilter />}
      </>
    ),
  });
}

interface SideBySideProps {
  look: Look;
  page: HeldPage;
  reasons: readonly ReasonView[];
  problem: Problem | null;
}

/** The list, and the one that is looked at: the one that the address names, or the first. */
async function SideBySide({ look, page, reasons, problem }: SideBySideProps) {
  const { url, user } = look;
  const done = new Set(doneIn(url));
  const rows = page.items.filter((row) => !done.has(textIn(row, "conversion_id") ?? ""));
  const ids = rows.map((row) => textIn(row, "conversion_id"));
  const named = url.searchParams.get("at");
  const at = named ?? ids[0] ?? null;
  const place = ids.indexOf(at);
  const next = ids[place + 1] ?? (place > 0 ? ids[place - 1] : undefined) ?? "";
  const mayDecide = may(user.caller, "review");
  return (
    <form method="post" class="review" action={url.pathname + url.search}>
      {/* Enter in a field decides nothing. */}
      <button type="submit" class="unseen" tabindex={-1} name="decide" value="">
        Stay
      </button>
      <JustSaid url={url} problem={problem} mayDecide={mayDecide} />
      <div class="pair">
        <div class="pair-list">
          <p class="help">{sumsInWords(page)}</p>
          {rows.length === 0 ? (
            <NoRows url={filterOf(url)}>
              <p>Nothing is held.</p>
            </NoRows>
          ) : (
            <HeldRows url={url} rows={rows} at={at} mayDecide={mayDecide} />
          )}
          <Pager url={filterOf(url)} next={page.next} older="Newer" rows={Number(ROWS)} />
          {mayDecide && rows.length > 0 ? (
            <DecideMany reasons={reasons} sums={sumsInWords(page)} decisions={["release", "approve", "reject"]} />
          ) : null}
          <Keys />
        </div>
        <div class="pair-one" data-one tabindex={-1}>
          <input type="hidden" name="next" value={next} />
          {at === null ? null : await One({ look, id: at, reasons, mayDecide })}
        </div>
      </div>
    </form>
  );
}

function sumsInWords({ sums, more }: HeldPage): string {
  const all = sums.map(
    ({ currency, conversions, payout }) => `${conversions} worth ${moneyText(payout, currency)} ${currency} payout`,
  );
  return all.length === 0 ? "" : `${all.join(", ")}${more ? ", and more" : ""}.`;
}

async function One(props: { look: Look; id: string; reasons: readonly ReasonView[]; mayDecide: boolean }) {
  const { look, id, reasons, mayDecide } = props;
  const { env, user, nowMs } = look;
  const found = await readConversion(env, user.caller, id);
  if (!found.ok) return <p class="help">There is no such conversion.</p>;
  const conversion = found.value;
  const place = { affiliate: textIn(conversion, "affiliate") ?? "", offer: textIn(conversion, "offer") ?? "" };
  const [postbacks, beside] = await Promise.all([
    postbacksOf(look, conversion),
    readSurroundings(env, user.caller, place, nowMs),
  ]);
  const currency = textIn(conversion, "currency");
  const isHeld = textIn(conversion, "hold") === "held";
  return (
    <>
      <Card
        title={
          <a href={`/conversions/${textIn(conversion, "conversion_id")}`}>
            <bdi>{titleOf(conversion)}</bdi>
          </a>
        }
      >
        <p>
          <Status status={textIn(conversion, "status") ?? ""} /> {isHeld ? <Status status="held" /> : null}{" "}
          {conversion.test === true ? <TestMark /> : null} <Named of="affiliate" slug={place.affiliate} /> on{" "}
          <Named of="offer" slug={place.offer} />, amount{" "}
          <Money amount={textIn(conversion, "amount")} currency={currency} />, payout{" "}
          <Money amount={textIn(conversion, "payout")} currency={currency} />, received{" "}
          <Time at={textIn(conversion, "received_at")} />
        </p>
        {isHeld && mayDecide ? <Decide conversion={conversion} reasons={reasons} /> : null}
        {isHeld ? null : <p class="help">It is not held: its own page says what became of it.</p>}
      </Card>
      <Card title="Its story">
        <Story conversion={conversion} postbacks={postbacks} entries={rowsIn(conversion, "entries")} hasLog />
      </Card>
      <SurroundingCards beside={beside} />
    </>
  );
}
