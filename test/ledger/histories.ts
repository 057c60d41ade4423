/** Random histories of postbacks over the test programme: orders, repeats, statuses, refunds, several events, affiliates and advertisers. */
import fc from "fast-check";
import type { PostbackContent, PostbackMessage } from "../../schema/messages.ts";
import { DAY_MS, type IssuedClick, START_MS } from "./world.ts";

/** Order numbers that collide when joined carelessly: separators inside, NFC and NFD twins, blanks at the end. */
const TXIDS = ["1", "1 ", "1\u00a0", "2", "a:b", "a", "b:c", "caf\u00e9", "cafe\u0301", '["o"'];

/** Of credentials that no advertiser of the test programme has. */
export const UNKNOWN_VERSION = 9;

/** A moment after the clicks: mostly close together, sometimes beyond the window. */
const moment = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 600_000, max: 600_020 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 20 }).map((days) => days * DAY_MS) },
  { weight: 1, arbitrary: fc.integer({ min: 29, max: 95 }).map((days) => days * DAY_MS) },
);

const content = fc.record(
  {
    event: fc.constantFrom("lead", "sale", "sale", "sale", "renewal", "gift"),
    txid: fc.constantFrom(...TXIDS),
    alsoTxid: fc.constantFrom(...TXIDS),
    status: fc.constantFrom("pending", "approved", "rejected", "reversed", "reversed", "reversed", "reinstated"),
    refundId: fc.constantFrom("r1", "r2"),
    refundedTotalMicros: fc.constantFrom(0, 1, 9_999_999, 20_010_000, 40_000_000),
    amountMicros: fc.constantFrom(
      0,
      1,
      9_990_000,
      33_333_333,
      33_350_000,
      40_000_000,
      999_999_999_999_999,
      1_000_000_000_000_000,
    ),
    revenueMicros: fc.constantFrom(0, 7, 5_000_000, 4_999_951, 1_234_550),
    occurredAtSent: fc.constantFrom("x", "y"),
    // A moment after every click and before every receipt.
    occurredAtMs: fc.constantFrom(START_MS + 500_000, START_MS + 590_000),
    test: fc.constant(true as const),
    currency: fc.constantFrom("USD", "EUR", "EUR", "GBP", "JPY", "IDR", "XXX"),
    coupon: fc.constantFrom("spring", " SPRING", "Hat", "nobody’s"),
  },
  { requiredKeys: [] },
);

/** A content thinned out so that most histories have orders with plausible stories. */
function thin(full: Partial<PostbackContent>, keep: boolean[]): PostbackContent {
  const thinned: PostbackContent = { ...full };
  if (!keep[0]) delete thinned.refundId;
  if (!keep[1]) delete thinned.test;
  if (!keep[2]) delete thinned.occurredAtSent;
  if (!keep[4]) delete thinned.alsoTxid;
  if (!keep[5]) delete thinned.coupon;
  if (!keep[6]) delete thinned.currency;
  if (keep[3] || thinned.status !== "reversed") delete thinned.refundedTotalMicros;
  // The door takes a total alone.
  if (thinned.refundedTotalMicros !== undefined) delete thinned.amountMicros;
  if (thinned.refundedTotalMicros !== undefined) delete thinned.refundId;
  if (thinned.status !== "reversed" && thinned.status !== "reinstated") delete thinned.refundId;
  return thinned;
}

/** Click IDs of another tracker. */
const OLD_CLICKS = ["old-1", "old-2"];

/** A row of another tracker's history: mostly of its advertiser's own link, sometimes on a click of ours, as if that had been adopted. */
const oldRow = fc.record({
  link: fc.constantFrom(1, 2, 3, 3, 4, 999),
  hasClick: fc.boolean(),
  oldClick: fc.constantFrom(undefined, ...OLD_CLICKS),
  event: fc.constantFrom("sale", "sale", "lead", undefined),
  status: fc.constantFrom("pending", "approved", "approved", "rejected", "reversed"),
  payoutMicros: fc.constantFrom(0, 1, 3_333_333),
  daysAgo: fc.integer({ min: 0, max: 400 }),
});
type OldRow = typeof oldRow extends fc.Arbitrary<infer Row> ? Row : never;

/** What a row says. A link that has no leads has sales; on a click of ours, as if that had been adopted, it is of the click's link. */
function oldContent(
  row: OldRow,
  { txid, amountMicros, revenueMicros, occurredAtMs }: PostbackContent,
  click: IssuedClick | null,
) {
  const { hasClick, oldClick, event, status, payoutMicros, daysAgo } = row;
  const ours = hasClick && oldClick === undefined ? click : null;
  const link = ours?.click.link ?? row.link;
  const receivedAtMs = START_MS - daysAgo * DAY_MS;
  const said = {
    txid,
    amountMicros,
    revenueMicros,
    occurredAtMs,
    event: link === 4 && event === "lead" ? "sale" : event,
  };
  const content: PostbackContent = {
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
    status,
    history: { link, payoutMicros, clickedAtMs: receivedAtMs - 60_000, receivedAtMs, subs: ["a", "", "c"] },
  };
  const named = oldClick ?? ours?.id;
  if (named !== undefined) content.clickId = named;
  return content;
}

interface Draft {
  atMs: number;
  click: IssuedClick | null;
  advertiser: number;
  content: Partial<PostbackContent>;
  keep: boolean[];
  rareTest: number;
  rareName: number;
  rareCoupon: number;
  rareCurrency: number;
  named: boolean;
  row: number | undefined;
  copyOf: number | undefined;
  credentialVersion: number | undefined;
  channel: "get" | "json" | "pixel" | "tracker:keitaro";
  old: OldRow | undefined;
  /** A click of another tracker that the message names instead of one of ours. */
  oldClick: string | undefined;
  /** An operator's word on the claim of this draft, or on a later one by the pixel. */
  ruling: { on: number; dismiss: boolean; says: boolean } | undefined;
}

/** Histories in which much is said of few orders, so that most of what is said meets a conversion, and what an operator said of it before. */
export function denseHistories(clicks: IssuedClick[], size: number): fc.Arbitrary<PostbackMessage[]> {
  const few = clicks.filter((_, index) => index === 0 || index === 3 || index === 6);
  const one = fc.record({
    atMs: fc.integer({ min: 600_000, max: 600_020 }),
    click: fc.constantFrom(...few, few[0], null),
    txid: fc.constantFrom("1", "1", "2", undefined),
    event: fc.constantFrom("sale", "sale", "sale", "lead", undefined),
    status: fc.constantFrom("pending", "approved", "approved", "rejected", "reversed", "reinstated", undefined),
    amountMicros: fc.constantFrom(0, 19_990_000, 39_950_000, 40_000_001, 59_940_000, 1_000_000_000_000_000, undefined),
    currency: fc.constantFrom("EUR", "EUR", "USD", "IDR", "XXX", undefined, undefined, undefined),
    channel: fc.constantFrom("get", "get", "get", "tracker:keitaro", "tracker:keitaro", "pixel"),
    old: fc.oneof({ weight: 7, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: oldRow }),
    oldClick: fc.constantFrom(...Array.from({ length: 10 }, () => undefined), ...OLD_CLICKS),
  });
  return fc.array(one, { minLength: size / 2, maxLength: size }).map((all) =>
    all.map(({ atMs, click, channel, old, oldClick, ...said }, index): PostbackMessage => {
      const content: PostbackContent = {};
      if (said.txid !== undefined) content.txid = said.txid;
      if (said.event !== undefined) content.event = said.event;
      if (said.status !== undefined) content.status = said.status;
      if (said.amountMicros !== undefined) content.amountMicros = said.amountMicros;
      if (said.currency !== undefined) content.currency = said.currency;
      if (click) content.clickId = click.id;
      const receivedAtMs = START_MS + atMs;
      const own = { kind: "postback", receipt: receiptNumber(index), advertiser: 1, receivedAtMs } as const;
      if (oldClick !== undefined && channel !== "pixel") content.clickId = oldClick;
      if (old) return { ...own, named: true, channel: "import", content: oldContent(old, content, click ?? null) };
      return {
        ...own,
        channel,
        content,
      } as const;
    }),
  );
}

/** Histories of up to `size` messages. Several may share a receipt: then they are attempts of the same message, some vouched for by credentials that never were. */
export function histories(clicks: IssuedClick[], size: number): fc.Arbitrary<PostbackMessage[]> {
  const draft: fc.Arbitrary<Draft> = fc.record({
    atMs: moment,
    click: fc.option(fc.constantFrom(...clicks, ...clicks.slice(0, 2)), { freq: 6 }),
    advertiser: fc.constantFrom(1, 1, 1, 1, 2),
    content,
    keep: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    rareTest: fc.integer({ min: 0, max: 7 }),
    rareName: fc.integer({ min: 0, max: 3 }),
    rareCoupon: fc.integer({ min: 0, max: 2 }),
    rareCurrency: fc.integer({ min: 0, max: 2 }),
    named: fc.boolean(),
    row: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 2, nil: undefined }),
    copyOf: fc.option(fc.nat(size), { freq: 2, nil: undefined }),
    channel: fc.constantFrom("get", "get", "get", "tracker:keitaro", "json", "pixel"),
    credentialVersion: fc.constantFrom(undefined, 1, 1, UNKNOWN_VERSION),
    old: fc.oneof({ weight: 7, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: oldRow }),
    oldClick: fc.constantFrom(...Array.from({ length: 10 }, () => undefined), ...OLD_CLICKS),
    ruling: fc.option(fc.record({ on: fc.nat(size), dismiss: fc.boolean(), says: fc.boolean() }), {
      freq: 5,
      nil: undefined,
    }),
  });
  const calm = fc.array(draft, { minLength: 1, maxLength: size });
  const crowds = fc
    .tuple(calm, fc.integer({ min: 1, max: 4 }))
    .map(([drafts, share]) => drafts.map(crowd(clicks, share)));
  return fc
    .oneof({ weight: 2, arbitrary: calm }, { weight: 1, arbitrary: crowds })
    .map((drafts) => drafts.map((_, index) => toMessage(drafts, index)));
}

/** Of five drafts `share` by the pixel, on one click and another, about few orders; the others by the sender, every other one without a click. */
function crowd(clicks: IssuedClick[], share: number): (draft: Draft, index: number) => Draft {
  return (draft, index) => {
    const { txid, event, test, ...rest } = draft.content;
    const content: Draft["content"] = { ...rest, event: event === "gift" ? "lead" : "sale" };
    if (txid !== undefined) content.txid = TXIDS[draft.atMs % 3] ?? txid;
    if (test) content.test = test;
    const byPixel = index % 5 < share;
    const far = clicks[draft.atMs % 3] ?? null;
    const click = byPixel ? (draft.atMs % 4 === 0 ? far : (clicks[0] ?? null)) : index % 2 === 0 ? null : draft.click;
    return { ...draft, advertiser: 1, content, click, channel: byPixel ? "pixel" : "get" };
  };
}

/** The message of draft `index`; a copy has the content and the receipt of its original, at a time, in a row and by credentials of its own. */
function toMessage(drafts: Draft[], index: number): PostbackMessage {
  const own = drafts[index];
  let number = index;
  for (let copyOf = own?.copyOf; copyOf !== undefined && copyOf < number; copyOf = drafts[number]?.copyOf)
    number = copyOf;
  const draft = drafts[number];
  if (!own || !draft) throw new Error("drafts end early");
  const inner = thin(draft.content, [
    draft.keep[0] === true,
    draft.rareTest === 0,
    draft.keep[2] === true,
    draft.keep[3] === true,
    draft.rareName === 0,
    draft.rareCoupon === 0,
    draft.rareCurrency === 0,
  ]);
  if (draft.click) inner.clickId = draft.click.id;
  const ruling = draft.ruling && rulingOf(drafts, draft, draft.ruling);
  const sent: PostbackMessage = {
    kind: "postback",
    receipt: receiptNumber(number),
    advertiser: draft.advertiser,
    receivedAtMs: START_MS + own.atMs,
    channel: draft.channel,
    content: inner,
  };
  if (ruling) return { ...sent, ...ruling };
  if (draft.old && draft.channel !== "pixel")
    return { ...sent, named: true, channel: "import", content: oldContent(draft.old, inner, draft.click) };
  if (draft.channel === "pixel") return sent;
  if (draft.oldClick !== undefined) inner.clickId = draft.oldClick;
  if (own.row !== undefined) sent.row = own.row;
  if (own.credentialVersion !== undefined) sent.credentialVersion = own.credentialVersion;
  return draft.named ? { ...sent, named: true } : sent;
}

/** What makes a message an operator's word on a claim: it names the click, event and order as the claim does. Null where nothing came by the pixel. */
function rulingOf(drafts: Draft[], own: Draft, { on, dismiss, says }: NonNullable<Draft["ruling"]>) {
  const place = drafts.findIndex((one, index) => index >= on % drafts.length && isClaimed(one));
  const claim = drafts[place];
  if (!claim || own.channel === "pixel") return null;
  const thinned = thin(claim.content, [false, claim.rareTest === 0, false]);
  const content: PostbackContent = {};
  if (claim.click) content.clickId = claim.click.id;
  if (thinned.event !== undefined) content.event = thinned.event;
  if (thinned.txid !== undefined) content.txid = thinned.txid;
  if (thinned.test) content.test = true;
  if (says && !dismiss && own.content.amountMicros !== undefined) content.amountMicros = own.content.amountMicros;
  const ruling = { by: "ann", note: "n", claim: receiptNumber(place), ...(dismiss ? { dismiss: true as const } : {}) };
  return { advertiser: claim.advertiser, channel: "console" as const, content, ruling };
}

function isClaimed({ channel, copyOf }: Draft): boolean {
  return channel === "pixel" && copyOf === undefined;
}

/** Receipts whose order is not the order of the history. */
function receiptNumber(number: number): string {
  return `0${String((number * 7919) % 9973).padStart(16, "0")}000000000`;
}
