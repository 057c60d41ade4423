/** Worlds of set-up, books and clicks out of drafts. */
import { conversionId } from "../../workers/core/books/conversion-id.ts";
import { type Draft, type DraftPostback, MOST_HOURS } from "./drafts.ts";
import { drawRow } from "./drawn-rows.ts";
import { knownClick, START_MS } from "./known-clicks.ts";
import { type Cells, OWN, type World } from "./seen-cells.ts";

const HOUR_MS = 3_600_000;
const SETTLING_MS = 2_000;
/** When everything has happened. */
export const NOW_MS = START_MS + (MOST_HOURS + 10) * HOUR_MS;

/** What every world has, whatever its draft: what is the looker's own hangs on nothing else. */
const BASE = { advertisers: 3, affiliates: 3, offers: 4 };
/** Whose the offers are, by their numbers from 1: two are the looking advertiser's, further ones another's. */
const OWNERS = [OWN, OWN, 2, 3];
const OTHERS_OFFER = 3;
/** Why operators reject: as many as conversions may name. */
const REASONS = 3;
const EVENTS = ["sale", "lead"] as const;

/** What postbacks without a conversion can have come to: the first three prove that they are about the click that they name. */
const ENDS = [
  { status: "rejected", reason: "over_cap" },
  { status: "rejected", reason: "click_expired" },
  { status: "parked", reason: null },
  { status: "refused", reason: "forged_click_id" },
  { status: "refused", reason: "bad_token" },
  { status: "unattributed", reason: "no_click" },
  { status: "rejected", reason: "foreign_click" },
  { status: "rejected", reason: "credentials_revoked" },
  { status: "failed", reason: "undeliverable" },
] as const;
const OWNER_TYPES = ["affiliate", "advertiser", "programme"] as const;
/** What a delivery can have come to. */
const TELLINGS = [
  { status: "sent", reason: null, http: 200 },
  { status: "failed", reason: "receiver_failed", http: 503 },
  { status: "skipped", reason: "no_external_id", http: null },
  { status: "gave_up", reason: "too_many_tries", http: 500 },
  { status: "in_doubt", reason: "no_answer", http: null },
] as const;
const PROVEN_ENDS = 3;
/** And with one, whichever click they name. */
const MEETINGS = [
  { status: "updated", reason: null },
  { status: "duplicate", reason: null },
  { status: "rejected", reason: "status_not_allowed" },
] as const;

/** With whom views are shared. */
const SHARED = [null, "admin", "manager", "finance", "analyst"] as const;
const SHARED_STATUSES = ["pending", "approved"] as const;

/** Which of two worlds a row comes from, so that no two of theirs have one key. */
export type Side = 0 | 1;

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** The set-up of a draft, with nothing that came of it. */
export function setUpOf({ seed, ...draft }: Draft, side: Side): World {
  const offers = upTo(BASE.offers + draft.more.offers);
  const affiliates = upTo(BASE.affiliates + draft.more.affiliates);
  const overrides = draft.overrides.map(({ offer, event, affiliate }, index) => {
    const key = { offer: 1 + offer, event: EVENTS[event] ?? EVENTS[0], affiliate: 1 + affiliate };
    return drawRow("offer_event_overrides", seed, index, key);
  });
  const links = draft.links.map((link, index) => {
    const affiliate = Math.min(1 + link.affiliate, affiliates.length);
    const offer = Math.min(1 + link.offer, affiliate === OWN ? BASE.offers : offers.length);
    const isUnsafe = affiliate > BASE.affiliates && OWNERS[offer - 1] === OWN;
    return drawRow("links", seed, index + 1, { offer: isUnsafe ? OTHERS_OFFER : offer, affiliate });
  });
  return {
    advertisers: upTo(BASE.advertisers).map((number) => drawRow("advertisers", seed, number)),
    affiliates: affiliates.map((number) => drawRow("affiliates", seed, number)),
    offers: offers.map((number) => drawRow("offers", seed, number, { advertiser: OWNERS[number - 1] ?? 2 })),
    offer_events: offers.flatMap((offer) =>
      EVENTS.map((name, position) => drawRow("offer_events", seed, offer * 2 + position, { offer, name, position })),
    ),
    offer_event_overrides: distinct(overrides, ["offer", "event", "affiliate"]),
    review_reasons: upTo(REASONS).map((number) =>
      drawRow("review_reasons", seed, number, { slug: `reason-${number}` }),
    ),
    review_bulks: upTo(draft.rest).map((number) =>
      drawRow("review_bulks", seed, number, { number: number + side * 50, unchanged: "[]" }),
    ),
    review_bulk_parts: upTo(draft.rest).map((number) =>
      drawRow("review_bulk_parts", seed, number, { bulk: number + side * 50, part: 0 }),
    ),
    status_changes: upTo(draft.rest).map((number) =>
      drawRow("status_changes", seed, number, { number: number + side * 50 }),
    ),
    notes: upTo(draft.rest).map((number) =>
      drawRow("notes", seed, number, { number: number + side * 50, words: `words ${seed}`, removed_at: null }),
    ),
    what_ifs: upTo(draft.rest).map((number) =>
      drawRow("what_ifs", seed, number, {
        number: number + side * 50,
        offer: null,
        advertiser: 1 + (number % BASE.advertisers),
        from_at: START_MS,
        until_at: START_MS + 1 + (seed % 9),
        rules: `{"mapping":{"names":{"own${seed % 9}":"txid"}}}`,
        result: `{"messages":${seed % 9},"groups":[],"tooLarge":[]}`,
      }),
    ),
    what_if_parts: upTo(draft.rest).map((number) =>
      drawRow("what_if_parts", seed, number, {
        what_if: number + side * 50,
        part: 0,
        families: `[{"receipts":["r${seed % 9}"],"full":[],"seen":"s","conversions":[]}]`,
        left_out: null,
      }),
    ),
    links,
    admissions: distinct(
      draft.overrides.map(({ offer, affiliate }, index) =>
        drawRow("admissions", seed, index, {
          offer: 1 + offer,
          affiliate: 1 + affiliate,
          number: 1 + index + side * 50,
        }),
      ),
      ["affiliate", "offer"],
    ),
    coupons: links.map(({ number, offer }) => {
      const code = `code ${number} of ${seed}`;
      const times = { from_at: START_MS, until_at: null };
      const advertiser = OWNERS[Number(offer) - 1] ?? 2;
      return drawRow("coupons", seed, Number(number), {
        advertiser,
        code,
        folded: code,
        link: number ?? null,
        ...times,
      });
    }),
    sources: upTo(BASE.advertisers).map((advertiser) =>
      drawRow("sources", seed, advertiser, {
        advertiser,
        path: `path-${advertiser}`,
        source: "stripe",
        events: `{"sale":"sale ${seed % 7}"}`,
        rules: null,
      }),
    ),
    trackers: upTo(BASE.advertisers).map((number) =>
      drawRow("trackers", seed, number, {
        number,
        slug: `tracker-${number}`,
        dialect: "keitaro",
        host: `host-${number}-of-${seed}.example`,
        advertiser: number,
        sub_ids: `{"keyword":"sub${1 + (seed % 9)}"}`,
      }),
    ),
    link_aliases: links.map(({ number }) =>
      drawRow("link_aliases", seed, Number(number), {
        tracker: 1 + (Number(number) % BASE.advertisers),
        alias: `alias${number}of${seed}`,
        link: number ?? null,
      }),
    ),
    tokens: upTo(draft.rest).map((number) => {
      const id = `${side}-${number}`;
      return drawRow("tokens", seed, number, { hash: id, id, role: "admin", subject: null });
    }),
    users: upTo(draft.rest).map((number) =>
      drawRow("users", seed, number, {
        ...{ number: number + side * 50, email: `${side}-${number}@example.com` },
        ...{ role: "admin", subject: null, link_hash: null, link_until: null },
      }),
    ),
    audit: upTo(draft.rest).map((number) => drawRow("audit", seed, number, { number: number + side * 50 })),
    alerts: upTo(draft.rest).map((number) =>
      drawRow("alerts", seed, number, { number: number + side * 50, subject: `${side}-${number}` }),
    ),
    signals: upTo(draft.rest).map((number) =>
      drawRow("signals", seed, number, {
        ...{
          number: number + side * 50,
          signal: "too_fast",
          affiliate: 1 + (number % 2),
          offer: 1,
          event: `${side}-${number}`,
        },
      }),
    ),
    signal_rows: upTo(draft.rest).map((number) =>
      drawRow("signal_rows", seed, number, {
        ...{ signal: `${side}-${number}`, row_id: `${side}-${number}`, number: number + side * 50 },
      }),
    ),
    signal_settings: upTo(draft.rest).map((number) =>
      drawRow("signal_settings", seed, number, { signal: "too_fast", offer: number + side * 50 }),
    ),
    rates: upTo(draft.rest).map((number) =>
      drawRow("rates", seed, number, { currency: "USD", day: `2026-${side === 0 ? "09" : "10"}-0${number}` }),
    ),
    list_views: upTo(draft.rest).map((number) =>
      drawRow("list_views", seed, number, {
        ...{ id: `${side}-${number}`, holder: `token:${side}-${number}`, list: "conversions", name: `view ${number}` },
        ...{
          query: `status=${SHARED_STATUSES[seed % 2]}`,
          shared_with: SHARED[(seed + number) % SHARED.length] ?? null,
        },
      }),
    ),
    list_settings: upTo(draft.rest).map((number) =>
      drawRow("list_settings", seed, number, {
        ...{ holder: `token:${side}-${number}`, list: "conversions", view: `${side}-${number}` },
        columns: `["${number % 2 === 0 ? "amount" : "txid"}"]`,
      }),
    ),
    settings: upTo(draft.rest).map((number) => drawRow("settings", seed, number, { name: `${side}-${number}` })),
    ...{ conversions: [], entries: [], postbacks: [], claims: [], clicks: [], destinations: [], deliveries: [] },
    ...{ statements: [], statement_lines: [], adjustments: [] },
  };
}

/** Another affiliate's, or another advertiser's, in the place of a link that must not be the looker's. */
export function movedAway(link: Cells): Cells {
  return { ...link, offer: OTHERS_OFFER, affiliate: 2 };
}

/** An offer that affiliates without a link are not shown. */
export function keptFromView(offer: Cells): Cells {
  return { ...offer, access: "private" };
}

/** The same set-up with the clicks and conversions of a draft, and what was received about them. */
export function withBooks(setUp: World, { seed, ...draft }: Draft, side: Side): World {
  const clicks = draft.clicks.map(({ link, click }, index) =>
    drawRow("clicks", seed, index, placeOf(setUp, link, click)),
  );
  const booked = draft.conversions.map((conversion, index) => book(setUp, conversion, seed, index, side));
  const conversions = booked.map(({ conversion }) => conversion);
  const destinations = draft.destinations.map((one, index) => destination(one, seed, index, side));
  const received = draft.postbacks.map((postback, index) => log(setUp, conversions, postback, seed, index, side));
  return {
    ...setUp,
    clicks: distinct(clicks, ["click_id"]),
    conversions,
    entries: booked.flatMap(({ entries }) => entries),
    postbacks: [...booked.map(({ postback }) => postback), ...received],
    claims: draft.postbacks.map((postback, index) => claim(setUp, conversions, postback, seed, index, side)),
    destinations,
    deliveries: draft.deliveries.flatMap((one, index) => telling(destinations, conversions, one, seed, index, side)),
    ...closed(conversions, seed, side),
  };
}

/** Each conversion is listed for its affiliate and its advertiser, in statements of each and its currency, of which some are final. */
function closed(conversions: readonly Cells[], seed: number, side: Side) {
  const statements = new Map<string, Cells>();
  const statement_lines: Cells[] = [];
  for (const [index, conversion] of conversions.entries())
    for (const ownerType of ["affiliate", "advertiser"] as const) {
      const owner = conversion[ownerType] ?? null;
      const whose = { owner_type: ownerType, owner, currency: conversion.currency ?? null };
      const key = JSON.stringify(whose);
      const statement = statements.get(key) ?? statementRow(whose, seed, statements.size, side);
      statements.set(key, statement);
      const { conversion_id = null, offer = null, event = null } = conversion;
      const part = { turn: 1, from_seq: 0, seq: 1, statement: statement.id ?? null };
      const due = 1_000_000 * ((seed + index) % 9);
      statement_lines.push(
        drawRow("statement_lines", seed, index, { conversion_id, offer, event, due, ...whose, ...part }),
      );
    }
  const rows = [...statements.values()];
  const adjustments = rows.map(({ id = null, owner_type = null, owner = null, currency = null }, index) => {
    const whose = { owner_type, owner, currency, statement: id };
    return drawRow("adjustments", seed, index, {
      ...whose,
      id,
      key: `adjustment ${id}`,
      due: 1_000_000 * (1 + (seed % 9)),
    });
  });
  return { statements: rows, statement_lines, adjustments };
}

function statementRow(whose: Cells, ...[seed, index, side]: [number, number, Side]): Cells {
  const id = 1 + index + side * 50;
  const state = (seed + index) % 3 === 0 ? "draft" : (seed + index) % 3 === 1 ? "final" : "paid";
  const isFinal = state !== "draft";
  const isPaid = state === "paid";
  const numbered = {
    year: 2026,
    ordinal: id,
    number: `${whose.owner_type === "advertiser" ? "I" : ""}2026-00${10 + id}`,
  };
  return drawRow("statements", seed, index, {
    ...whose,
    ...{
      id,
      state,
      offers: null,
      until: START_MS,
      ...(isFinal ? numbered : { year: null, ordinal: null, number: null }),
    },
    ...{
      finalized_at: isFinal ? START_MS : null,
      finalized_by: isFinal ? "ann" : null,
      due_on: isFinal ? "2026-12-31" : null,
    },
    issuer: isFinal ? `{"name":"Issuer ${seed % 9}"}` : null,
    owner_name: isFinal ? `{"slug":"owner-${id}","name":"Owner ${seed % 9}"}` : null,
    ...{ paid_on: isPaid ? "2027-01-02" : null, paid_at: isPaid ? START_MS : null, paid_by: isPaid ? "ann" : null },
  });
}

function destination(
  { type, owner }: Draft["destinations"][number],
  ...[seed, index, side]: [number, number, Side]
): Cells {
  const number = 1 + index + side * 50;
  const ownerType = OWNER_TYPES[type] ?? "programme";
  return drawRow("destinations", seed, number, {
    number,
    owner_type: ownerType,
    owner: ownerType === "programme" ? null : 1 + owner,
    offer: null,
  });
}

/** What a destination was told of a conversion, whosoever that is. */
function telling(
  destinations: readonly Cells[],
  conversions: readonly Cells[],
  draft: Draft["deliveries"][number],
  ...[seed, index, side]: [number, number, Side]
): Cells[] {
  const told = destinations[draft.destination % destinations.length];
  const of = conversions[draft.conversion % conversions.length];
  if (!told || !of) return [];
  const atMs = Number(of.settled_at);
  const outcome = TELLINGS[draft.status] ?? TELLINGS[0];
  const row = drawRow("deliveries", seed, index, {
    ...outcome,
    destination: told.number ?? null,
    delivery_id: conversionId(atMs, keyOf(side, 100 + index)),
    conversion_id: of.conversion_id ?? null,
    seq: 1 + draft.seq,
    replay: index,
    type: "conversion.created",
    created_at: atMs,
    last_at: atMs,
    next_at: null,
    deadline_at: null,
    attempts: 1,
  });
  const { attempts = null, http = null } = row;
  const request = { method: "GET", url: `https://told.example/?payout=${seed}`, headers: [], body: null };
  const last = {
    number: attempts,
    atMs,
    ms: seed % 500,
    outcome: "failed",
    reason: null,
    http,
    request,
    answer: "OK",
    version: 1,
  };
  return [{ ...row, last: JSON.stringify(last) }];
}

function book(setUp: World, draft: Draft["conversions"][number], seed: number, index: number, side: Side) {
  const receivedAtMs = START_MS + draft.hour * HOUR_MS + index * 1_000 + side;
  const id = conversionId(receivedAtMs, keyOf(side, index));
  const receipt = receiptOf(id);
  const place = placeOf(setUp, draft.link, draft.click);
  const times = { received_at: receivedAtMs, settled_at: receivedAtMs + SETTLING_MS };
  const conversion = drawRow("conversions", seed, index, {
    ...place,
    ...times,
    conversion_id: id,
    event: EVENTS[index % 2] ?? EVENTS[0],
    occurred_at: receivedAtMs - 60_000,
    currency: setUp.offers.find(({ number }) => number === place.offer)?.currency ?? "USD",
  });
  const entries = upTo(1 + draft.entries).map((seq) =>
    drawRow("entries", seed, index * 4 + seq, { conversion_id: id, seq, receipt, received_at: receivedAtMs + seq - 1 }),
  );
  const { advertiser = null, click_id = null } = place;
  const outcome = { status: "attributed", reason: null, duplicate_of: null, conversion_id: id };
  const postback = drawRow("postbacks", seed, index, { receipt, advertiser, click_id, ...times, ...outcome });
  return { conversion, entries, postback };
}

/** A line of the log that made no conversion: it meets one, or ends without. */
function log(
  setUp: World,
  conversions: readonly Cells[],
  { of, kind, link, click, hour }: DraftPostback,
  ...[seed, index, side]: [number, number, Side]
): Cells {
  const receivedAtMs = START_MS + hour * HOUR_MS + 500_000 + index * 1_000 + side;
  const place = placeOf(setUp, link, click);
  const common = {
    receipt: `2${side}${keyOf(side, index)}0000000`,
    received_at: receivedAtMs,
    settled_at: receivedAtMs + SETTLING_MS,
    click_id: place.click_id ?? null,
  };
  const met = conversions[of];
  const meeting = MEETINGS[kind];
  if (met && meeting) {
    const { advertiser = null, conversion_id = null } = met;
    const duplicate_of = meeting.status === "duplicate" ? receiptOf(String(conversion_id)) : null;
    return drawRow("postbacks", seed, 50 + index, { ...common, ...meeting, advertiser, conversion_id, duplicate_of });
  }
  const end = kind % ENDS.length;
  const advertiser = end < PROVEN_ENDS ? (place.advertiser ?? null) : 1 + (of % BASE.advertisers);
  const without = { conversion_id: null, duplicate_of: null };
  return drawRow("postbacks", seed, 50 + index, { ...common, ...(ENDS[end] ?? ENDS[0]), advertiser, ...without });
}

/** What came by the pixel about a click; a conversion of its advertiser's, whoever's else it is, may have taken its place. */
function claim(
  setUp: World,
  conversions: readonly Cells[],
  { of, kind, link, click, hour }: DraftPostback,
  ...[seed, index, side]: [number, number, Side]
): Cells {
  const { clicked_at: _, ...place } = placeOf(setUp, link, click);
  const receivedAtMs = START_MS + hour * HOUR_MS + 800_000 + index * 1_000 + side;
  const possible = conversions.filter(({ advertiser }) => advertiser === place.advertiser);
  const met = kind in MEETINGS ? undefined : possible[of % possible.length];
  const became = met
    ? { state: kind % 2 === 0 ? "replaced" : "confirmed", conversion_id: met.conversion_id ?? null }
    : { conversion_id: null };
  return drawRow("claims", seed, index, {
    ...place,
    ...became,
    receipt: `3${side}${keyOf(side, index)}0000000`,
    received_at: receivedAtMs,
    settled_at: receivedAtMs + SETTLING_MS,
  });
}

/** The click of a link, and whose it is. */
function placeOf(setUp: World, link: number, counter: number): Cells {
  const found = setUp.links[link % setUp.links.length];
  const offer = setUp.offers.find(({ number }) => number === found?.offer);
  const click = knownClick(Number(found?.number), counter);
  return {
    ...{ link: click.link, offer: found?.offer ?? null, affiliate: found?.affiliate ?? null },
    ...{ advertiser: offer?.advertiser ?? null, click_id: click.id, clicked_at: click.atMs },
  };
}

/** The receipt of the message that made a conversion. */
function receiptOf(conversion: string): string {
  return conversion.replace(/^./, "1");
}

/** Seventeen characters that no other row has. */
function keyOf(side: Side, index: number): string {
  return `0${String(index + side * 500).padStart(16, "0")}`;
}

function distinct(rows: readonly Cells[], key: readonly string[]): Cells[] {
  return [...new Map(rows.map((row) => [JSON.stringify(key.map((column) => row[column])), row])).values()];
}
