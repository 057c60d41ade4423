/** One conversion: what it is worth now, its story from the click to the last entry, and what an operator may do with it. */

import * as v from "valibot";
import { timeInId } from "../../core/books/conversion-id.ts";
import { isRecord } from "../../core/is-record.ts";
import { readMicros } from "../../core/money.ts";
import { convertedInWords } from "../../core/rates/convert-sum.ts";
import { accept, refuse } from "../../core/result.ts";
import { factTexts, RIDING_FACTS } from "../../core/riding-facts.ts";
import { holders, may } from "../../core/rights.ts";
import { EVERYONE, type Role } from "../../core/roles.ts";
import type { Subject } from "../../core/subjects.ts";
import { listDeliveries, type ShownDelivery } from "../destinations/deliveries.ts";
import { deliveryColumns } from "../destinations/delivery-table.tsx";
import { notesCard } from "../notes/card.tsx";
import { listPostbacks, type PostbackView, readPostback } from "../postbacks/log.ts";
import { provedAnswer } from "../proofs/proved.ts";
import { ProvedUnder } from "../proofs/proved-under.tsx";
import type { ReasonView } from "../reasons/fields.ts";
import { activeReasons } from "../reasons/store.ts";
import type { FormState } from "../shell/form-values.ts";
import type { Look, Page, PageView } from "../shell/page.ts";
import { Named } from "../shell/parts/named.tsx";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { Table } from "../shell/parts/table.tsx";
import { Details, Money, Status, TestMark, Time } from "../shell/parts/values.tsx";
import { saveForm } from "../shell/saved-form.ts";
import { readConversion } from "./account.ts";
import { CorrectionForm } from "./correction-form.tsx";
import { correctConversion, correction } from "./corrections.ts";
import { DecisionForm } from "./decision-form.tsx";
import { decideConversion, decision, undoDecision } from "./decisions.ts";
import { rowsIn, textIn } from "./fields-of.ts";
import { HoldMark, ImportedMark } from "./held.tsx";
import { standOf } from "./stand.ts";
import { Story } from "./story.tsx";

type Row = Record<string, unknown>;

/** What is one text before what is texts by name. */
const SHOWN_FACTS = ["text", "json"].flatMap((kind) =>
  Object.values(RIDING_FACTS).filter(({ form }) => form.kind === kind),
);

/** A conversion takes a thousand messages; more than these are read in the postback log. */
const MOST_POSTBACKS = 100;
const MOST_DELIVERIES = 100;

export const conversionPage: Page = {
  path: "/conversions/:id",
  roles: EVERYONE,
  actors: holders("review"),
  show: (look) => viewOf(look, { values: prefilled(look.url), problem: null }),
  async act(sent) {
    // Read once, before anything is sent: whoever may not see it may not correct it.
    const view = await viewOf(sent, { values: {}, problem: null });
    if (!view.ok) return view;
    const by = { by: sent.user.caller, atMs: sent.nowMs };
    // A choice that says nothing chooses nothing.
    if (sent.form.get("reason") === "") sent.form.delete("reason");
    if (sent.form.has("decision"))
      return saveForm({
        form: sent.form,
        schema: decision,
        save: ({ decision: name, why, ...said }) =>
          name === "undo"
            ? undoDecision(sent.env, sent.key, { note: why }, by)
            : decideConversion(sent.env, sent.key, name, { note: why, ...said }, by),
        done: ({ receipt }) => `/conversions/${sent.key}?receipt=${receipt}`,
        again: (form) => view.value.withForm(form),
      });
    if (!may(sent.user.caller, "correct"))
      return refuse({
        name: "not_allowed",
        detail: "Your role may decide on conversions, and not correct them by hand.",
      });
    return saveForm({
      form: sent.form,
      schema: correction,
      save: (input) => correctConversion(sent.env, sent.key, input, by),
      done: ({ receipt }) => `/conversions/${sent.key}?receipt=${receipt}`,
      again: (form) => view.value.withForm(form),
    });
  },
};

/** None where the log does not answer: the entries tell the story then. */
export async function postbacksOf({ env, user }: Look, row: Row): Promise<PostbackView[]> {
  const id = textIn(row, "conversion_id") ?? "";
  const advertiser = textIn(row, "advertiser");
  try {
    const found = await listPostbacks(env, user.caller, {
      conversion_id: id,
      limit: MOST_POSTBACKS,
      // None came before the first one, and all are of its advertiser: so few rows of the log are read.
      from: Math.min(timeInId(id), Date.parse(textIn(row, "received_at") ?? "")),
      ...(user.caller.scope === "everything" && advertiser !== null && { advertiser }),
    });
    return found.ok ? found.value.items : [];
  } catch (error) {
    console.error({ event: "log_unreadable", error: String(error) });
    return [];
  }
}

/** What destinations were told of it, as far as the viewer sees them; none where the courier does not answer. */
async function toldOf({ env, user }: Look, id: string): Promise<ShownDelivery[]> {
  const found = await listDeliveries(env, user.caller, { conversion_id: id, limit: MOST_DELIVERIES });
  return found.ok ? found.value.items : [];
}

async function viewOf(look: Look, form: FormState) {
  const { env, user, key, url } = look;
  // Before the conversion: whoever is told that a correction is booked sees the conversion as it is then.
  const sent = url.searchParams.get("receipt");
  const answer = sent === null ? null : await readPostback(env, user.caller, sent);
  const found = await readConversion(env, user.caller, key);
  if (!found.ok) return found;
  const conversion = found.value;
  const id = textIn(conversion, "conversion_id") ?? key;
  const [postbacks, told, reasons, notes] = await Promise.all([
    postbacksOf(look, conversion),
    toldOf(look, id),
    activeReasons(env, user.caller),
    notesCard(look, "conversion", id),
  ]);
  const awaited = answer === null ? null : <Correction postback={answer.ok ? answer.value : null} />;
  const { role } = user.caller;
  const withForm = (state: FormState): PageView => ({
    title: `Conversion ${id}`,
    body: (
      <>
        {state.problem === null ? awaited : null}
        <Head
          above={["Conversions", "/conversions"]}
          title={titleOf(conversion)}
          status={
            <>
              <Status status={textIn(conversion, "status") ?? ""} /> <HoldMark row={conversion} role={role} />{" "}
              {conversion.test === true ? <TestMark /> : null} <ImportedMark row={conversion} />
            </>
          }
        >
          <code>{id}</code>
        </Head>
        {role === "affiliate" ? <StandsSo conversion={conversion} /> : null}
        <Worth conversion={conversion} role={role} />
        <ToldIn conversion={conversion} />
        <Card title="Its story">
          <Story
            conversion={conversion}
            postbacks={postbacks}
            entries={rowsIn(conversion, "entries")}
            hasLog={role !== "affiliate"}
          />
        </Card>
        {told.length === 0 ? null : (
          <Card title="Whom it was told">
            <Table
              label="Deliveries"
              columns={deliveryColumns({ ofOne: false }).filter(({ name }) => name !== "Conversion")}
              rows={told}
              empty={null}
            />
          </Card>
        )}
        {may({ role }, "review") ? (
          <Forms conversion={conversion} state={state} reasons={reasons} mayCorrect={may({ role }, "correct")} />
        ) : null}
        <Card title="Everything that is known">
          <Details details={factsOf(conversion, role)} />
        </Card>
        {notes}
      </>
    ),
  });
  return accept({ ...withForm(form), withForm });
}

/** What a link fills the form of corrections in with: it is sent by whoever reads it there. */
function prefilled({ searchParams }: URL): Record<string, string> {
  return Object.fromEntries(
    ["status", "amount", "note"].flatMap((name) => {
      const text = searchParams.get(name);
      return text === null ? [] : [[name, text]];
    }),
  );
}

const EMPTY: FormState = { values: {}, problem: null };

/** What is wrong with one form is not shown beside the other. */
function Forms(props: { conversion: Row; state: FormState; reasons: readonly ReasonView[]; mayCorrect: boolean }) {
  const { conversion, state, reasons, mayCorrect } = props;
  if (conversion.imported === true)
    return (
      <Notice tone="info">
        Another tracker booked it, and its history was imported: it is closed, counts in reports, and is never paid
        here.
      </Notice>
    );
  const isDecision = isRecord(state.values) && "decision" in state.values;
  return (
    <>
      <DecisionForm
        conversion={conversion}
        form={isDecision ? state : EMPTY}
        name={crypto.randomUUID()}
        reasons={reasons}
      />
      {mayCorrect ? (
        <CorrectionForm conversion={conversion} form={isDecision ? EMPTY : state} name={crypto.randomUUID()} />
      ) : null}
    </>
  );
}

/** What people call it: its event and its order. */
export function titleOf(conversion: Row): string {
  const txid = textIn(conversion, "txid");
  const event = textIn(conversion, "event") ?? "Conversion";
  return txid === null ? `${event}, without an order` : `${event}, order ${txid}`;
}

function Worth({ conversion, role }: { conversion: Row; role: Role }) {
  const currency = textIn(conversion, "currency");
  const shown = [
    ["Amount", "amount", true],
    ["Revenue", "revenue", role !== "affiliate"],
    ["Payout", "payout", role !== "advertiser"],
  ] as const;
  return (
    <dl class="stats wide">
      {shown
        .filter(([, , isShown]) => isShown)
        .map(([label, name]) => (
          <div class="stat">
            <dt>{label}</dt>
            <dd>
              <Money amount={textIn(conversion, name)} currency={currency} />
            </dd>
          </div>
        ))}
    </dl>
  );
}

/** What a sale in another currency was told in, and how it is booked. */
function ToldIn({ conversion }: { conversion: Row }) {
  const [original, currency, rate, day] = ["original_amount", "original_currency", "rate", "rate_day"].map((name) =>
    textIn(conversion, name),
  );
  const [amount, convertedTo] = [textIn(conversion, "amount"), textIn(conversion, "currency")];
  if (!original || !currency || !rate || !day || !amount || !convertedTo) return null;
  const sums = { micros: readMicros(original), convertedMicros: readMicros(amount) };
  return <p class="help">{convertedInWords({ ...sums, currency, convertedTo, rate, day })}</p>;
}

/** For the affiliate: whether it counts, why not, and what to do. */
function StandsSo({ conversion }: { conversion: Row }) {
  const { why, todo } = standOf(conversion);
  return (
    <Notice tone={textIn(conversion, "status") === "approved" ? "good" : "info"}>
      {why} {todo}
    </Notice>
  );
}

/** What became of a correction that was just sent. */
function Correction({ postback }: { postback: PostbackView | null }) {
  if (postback === null)
    return (
      <div class="notice" data-tone="info" role="status" data-reload="1000">
        The correction is in the queue, and is booked within seconds.
      </div>
    );
  const isDone = postback.status === "updated" || postback.status === "attributed";
  if (isDone) return <Notice tone="good">The correction is booked.</Notice>;
  return (
    <Notice tone="bad">
      The correction changed nothing: {postback.reason ?? postback.status}. {postback.message}
    </Notice>
  );
}

function factsOf(conversion: Row, role: Role) {
  const detail = (label: string, name: string) => [label, textIn(conversion, name)] as const;
  const subs = Array.from({ length: 10 }, (_, index) => detail(`sub${index + 1}`, `sub${index + 1}`));
  const isByCoupon = textIn(conversion, "attributed_by") === "coupon";
  const clickId = isByCoupon || conversion.imported === true ? null : textIn(conversion, "click_id");
  const offer = textIn(conversion, "offer");
  const link = textIn(conversion, "link");
  const advertiser = textIn(conversion, "advertiser");
  const affiliate = textIn(conversion, "affiliate");
  const proved = v.is(provedAnswer, conversion.proved) ? conversion.proved : undefined;
  const at = (of: Subject, slug: string | null, isLed = true) =>
    slug === null ? null : (
      <Named of={of} slug={slug} href={isLed ? `/${of}s/${encodeURIComponent(slug)}` : undefined} />
    );
  return [
    ["Offer", at("offer", offer)],
    ["Link", at("link", link)],
    ["Advertiser", at("advertiser", advertiser, role !== "affiliate")],
    ["Affiliate", at("affiliate", affiliate, role !== "advertiser")],
    detail("Event", "event"),
    detail("Order", "txid"),
    ["Click ID", clickId === null ? null : <code class="break">{clickId}</code>],
    detail("Click ID elsewhere", "old_click_id"),
    detail("Attributed by", "attributed_by"),
    detail("Rejected since", "reason"),
    ["Clicked", isByCoupon ? null : <Time at={textIn(conversion, "clicked_at")} />],
    ["Happened", <Time at={textIn(conversion, "occurred_at")} />],
    ["Received", <Time at={textIn(conversion, "received_at")} />],
    ["Last settled", <Time at={textIn(conversion, "settled_at")} />],
    ["Proved", proved === undefined ? null : <ProvedUnder proved={proved} />],
    detail("Country", "country"),
    detail("Device", "device"),
    detail("System", "os"),
    detail("Browser", "browser"),
    detail("Referrer", "referrer"),
    detail("external_id", "external_id"),
    detail("external_kind", "external_kind"),
    detail("Ad platforms", "ad_consent"),
    ...subs,
    ...SHOWN_FACTS.flatMap(({ label, column }) => factTexts(label, conversion[column])),
  ] as const;
}
