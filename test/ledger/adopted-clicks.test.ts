/** Clicks that another tracker had: adopted once, met by its postbacks, forgotten in time; and what is said of those that nobody knows. */
import { beforeEach, expect, test, vi } from "vitest";
import type { AdoptedClick, ErasureMessage, PostbackMessage, RelayedPostback } from "../../schema/messages.ts";
import { verifyPage, WALKS } from "../../workers/console/verification/verify.ts";
import { adoptedClickId } from "../../workers/core/adoption/adopted-click-id.ts";
import type { StoredBooks } from "../../workers/core/books/stored.ts";
import { readClickId } from "../../workers/core/click-id.ts";
import { erasedClickId, importErasureKey } from "../../workers/core/erasure/erased-names.ts";
import { forgetAdopted } from "../../workers/ledger/adopted-clicks.ts";
import { findClicks } from "../../workers/ledger/click-log.ts";
import type { Env } from "../../workers/ledger/env.ts";
import { meetLetter } from "../../workers/ledger/erasure/meet-letter.ts";
import { type ErasureParts, takeErasure } from "../../workers/ledger/erasure/take-erasure.ts";
import { placeAndWrite } from "../../workers/ledger/log-writer.ts";
import { repair } from "../../workers/ledger/repair.ts";
import { type SettleParts, settleOrRetry } from "../../workers/ledger/settle.ts";
import { takeAdoption } from "../../workers/ledger/take-adoption.ts";
import { partsOn } from "../properties/ledger-in-process.ts";
import { RolledBackDatabases } from "../properties/rolled-back-databases.ts";
import { NOTHING_ARCHIVED } from "./click-days.ts";
import { ERASURE_KEY } from "./erasure-key.ts";
import { seedSetUp } from "./seed.ts";
import { NO_ARCHIVE } from "./simulation.ts";
import { DAY_MS, START_MS, testKeyRing } from "./world.ts";

const ring = await testKeyRing();
const CLICK: AdoptedClick = {
  foreignId: "51ts6sgr1cbkdhljnrv",
  link: 1,
  clickedAtMs: START_MS,
  country: "DE",
  externalId: "gclid-7",
  subs: ["news", "", "red"],
};
const POSTBACK: PostbackMessage = {
  kind: "postback",
  receipt: `${"0".repeat(25)}1`,
  advertiser: 2,
  receivedAtMs: START_MS + DAY_MS,
  channel: "tracker:old",
  tracker: { number: 1, clickId: CLICK.foreignId, target: `/k3y/postback?subid=${CLICK.foreignId}` },
  content: { event: "sale", txid: "T-1", amountMicros: 40_000_000 },
};

let databases: RolledBackDatabases;
let parts: SettleParts;
let relayed: RelayedPostback[];
let asked: number[];

beforeEach(() => {
  for (const level of ["error", "warn", "log"] as const) vi.spyOn(console, level).mockImplementation(() => {});
  databases = new RolledBackDatabases();
  seedSetUp(databases.DB.db);
  databases.DB.db.exec(
    `INSERT INTO trackers (number, slug, name, dialect, advertiser, old_origin, relay_until, created_at, updated_at)
     VALUES (1, 'old', 'Old', 'keitaro', 2, 'https://old.example', ${START_MS + 10 * DAY_MS}, 0, 0)`,
  );
  relayed = [];
  asked = [];
  const own = partsOn(databases, ring);
  parts = {
    ...own,
    decideShare: (advertiser, ...share) => {
      asked.push(advertiser);
      return own.decideShare(advertiser, ...share);
    },
    RELAYS: {
      sendBatch: async (packed) => {
        for (const { body } of packed) relayed.push(...body.postbacks);
        return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
      },
    },
  };
});

const adopt = (...clicks: AdoptedClick[]) =>
  takeAdoption(
    { DB: databases.DB, LOG: databases.LOG, ERASURE_KEY, ring, nowMs: () => START_MS + 2 * DAY_MS },
    { kind: "adoption", tracker: 1, clicks },
  );

async function settle(message: PostbackMessage): Promise<boolean> {
  let acked = false;
  await settleOrRetry(parts, [{ body: message, attempts: 1, ack: () => (acked = true), retry: () => {} }]);
  return acked;
}

const rows = (query: string, { db } = databases.DB) => db.prepare(query).all();
const adopted = () => rows("SELECT * FROM adopted_clicks ORDER BY foreign_id");
const logged = () => rows("SELECT * FROM postbacks ORDER BY receipt", databases.LOG);
const conversions = () => rows("SELECT * FROM conversions");

test("a click of another tracker's is adopted once, under one sealed ID with its own time and link", async () => {
  await adopt(CLICK);
  await adopt(CLICK, { ...CLICK, foreignId: "another" });
  const [first] = adopted();
  expect(adopted()).toHaveLength(2);
  expect(first).toMatchObject({
    click_id: adoptedClickId(ring, 1, CLICK),
    sub1: "news",
    sub2: null,
    sub3: "red",
    country: "DE",
  });
  expect(readClickId(ring, String(first?.click_id))).toMatchObject({
    ok: true,
    value: { issuedAtMs: START_MS, link: 1, adopted: true },
  });
});

test("a row that comes changed is told, and does not move the click", async () => {
  await adopt(CLICK);
  const before = adopted();
  await adopt({ ...CLICK, link: 4 });
  await adopt({ ...CLICK, clickedAtMs: START_MS + 1 });
  expect(adopted()).toEqual(before);
  expect(console.warn).toHaveBeenCalledTimes(2);
});

test("two clicks of one moment that share a counter have two IDs, and each keeps its own", async () => {
  const stolen = adoptedClickId(ring, 1, CLICK);
  databases.DB.db
    .prepare(
      "INSERT INTO adopted_clicks (tracker, foreign_id, click_id, link, clicked_at, imported_at) VALUES (1, 'other', ?, 1, ?, 0)",
    )
    .run(stolen, START_MS);
  await adopt(CLICK);
  await adopt(CLICK);
  expect(adopted().map(({ foreign_id, click_id }) => [foreign_id, click_id])).toEqual([
    [CLICK.foreignId, adoptedClickId(ring, 1, CLICK, 1)],
    ["other", stolen],
  ]);
});

test("what names no link is left out, and keeps no other from being adopted", async () => {
  await adopt({ ...CLICK, foreignId: "nowhere", link: 999 }, CLICK);
  expect(adopted().map(({ foreign_id }) => foreign_id)).toEqual([CLICK.foreignId]);
});

test("a postback of an adopted click is booked with its advertiser, by every rule, with its sub-ids", async () => {
  await adopt(CLICK);
  expect(await settle(POSTBACK)).toBe(true);
  expect(conversions()).toMatchObject([
    {
      advertiser: 1,
      link: 1,
      affiliate: 1,
      click_id: adoptedClickId(ring, 1, CLICK),
      clicked_at: START_MS,
      click_joined: 1,
      click_kind: "counted",
      sub1: "news",
      sub3: "red",
      external_id: "gclid-7",
      country: "DE",
    },
  ]);
  expect(logged()).toMatchObject([{ advertiser: 1, status: "attributed", channel: "tracker:old" }]);
  expect(relayed).toEqual([]);
  await settle({
    ...POSTBACK,
    receipt: `${"0".repeat(25)}2`,
    receivedAtMs: START_MS + 40 * DAY_MS,
    content: { ...POSTBACK.content, txid: "T-2" },
  });
  expect(logged()[1]).toMatchObject({ advertiser: 1, status: "rejected", reason: "click_expired" });
});

test("what its tracker booked on it is found by our name of it too, at any door", async () => {
  await adopt(CLICK);
  const { tracker: _, ...word } = POSTBACK;
  const clickId = adoptedClickId(ring, 1, CLICK);
  const history = { link: 1, payoutMicros: 4_000_000, clickedAtMs: START_MS, receivedAtMs: START_MS + 1 };
  const content = { event: "sale", amountMicros: 40_000_000, clickId: CLICK.foreignId, history };
  await settle({ ...word, advertiser: 1, channel: "import", content, receivedAtMs: START_MS + 2 });
  const receipt = `${"0".repeat(25)}2`;
  await settle({ ...word, advertiser: 1, channel: "get", receipt, content: { ...POSTBACK.content, clickId } });
  expect(logged()).toMatchObject([{ status: "attributed" }, { status: "rejected", reason: "imported" }]);
  expect(conversions()).toMatchObject([{ imported: 1 }]);
  // Another advertiser gains nothing by it, and no claim of its is heard.
  await settle({
    ...word,
    receipt: `${"0".repeat(25)}3`,
    channel: "get",
    content: { ...POSTBACK.content, clickId },
  });
  expect(logged()[2]).toMatchObject({ advertiser: 2, status: "rejected", reason: "foreign_click" });
});

test.each<[string, Partial<PostbackMessage>, string, string, number]>([
  ["open mode", { tracker: { number: 1, clickId: CLICK.foreignId, unproven: true } }, "auth = 'open'", "attributed", 1],
  [
    "open mode from its addresses",
    { tracker: { number: 1, clickId: CLICK.foreignId, unproven: true } },
    `auth = 'open', allowed_ips = '["192.0.2.1"]'`,
    "rejected",
    0,
  ],
  ["its pixel", { channel: "pixel" }, "pixel = 1", "parked", 0],
])(
  "what nobody vouched for is no other advertiser's than the tracker's, unless that one has %s",
  async (_, sent, setUp, became, booked) => {
    await adopt(CLICK);
    await settle({ ...POSTBACK, ...sent });
    expect(logged()).toMatchObject([{ advertiser: 2, status: "rejected", reason: "foreign_click" }]);
    expect(conversions()).toEqual([]);
    // Nor is it when it is sent again, until that advertiser says so.
    const again = { ...POSTBACK, ...sent, receivedAtMs: POSTBACK.receivedAtMs + 1, receipt: `${"0".repeat(25)}2` };
    databases.DB.db.exec(`UPDATE advertisers SET ${setUp} WHERE number = 1`);
    await settle(again);
    expect(logged()[1]).toMatchObject({ status: became });
    expect(conversions()).toHaveLength(booked);
    expect(relayed).toEqual([]);
  },
);

test("of an unknown click its tracker's advertiser has a row, once, and no object is asked", async () => {
  expect(await settle(POSTBACK)).toBe(true);
  expect(await settle(POSTBACK)).toBe(true);
  expect(logged()).toMatchObject([
    {
      advertiser: 2,
      status: "unattributed",
      reason: "foreign_unknown",
      stage: 0,
      click_id: CLICK.foreignId,
      txid: "T-1",
      stranger: 0,
    },
  ]);
  expect(JSON.parse(String(logged()[0]?.params))).toEqual({
    ...POSTBACK.content,
    tracker: { number: 1, clickId: CLICK.foreignId },
  });
  expect(asked).toEqual([]);
});

test("the old tracker is told of it, by receipt, until its set-up says so, and never of tests, claims and replays", async () => {
  const told = { tracker: 1, receipt: POSTBACK.receipt, advertiser: 2, receivedAtMs: POSTBACK.receivedAtMs };
  await settle(POSTBACK);
  expect(relayed).toEqual([{ ...told, target: `/k3y/postback?subid=${CLICK.foreignId}` }]);
  relayed = [];
  await settle({ ...POSTBACK, content: { ...POSTBACK.content, test: true } });
  await settle({ ...POSTBACK, channel: "pixel" });
  await settle({ ...POSTBACK, replay: true });
  await settle({ ...POSTBACK, receivedAtMs: START_MS + 10 * DAY_MS });
  await settle({ ...POSTBACK, tracker: { number: 1, clickId: CLICK.foreignId } });
  await settle({ ...POSTBACK, tracker: { number: 7, clickId: CLICK.foreignId, target: "/" } });
  expect(relayed).toEqual([]);
});

test("it waits while the log is down, and the rest of its batch does not", async () => {
  databases.LOG.fault = async () => {
    throw new Error("down");
  };
  expect(await settle(POSTBACK)).toBe(false);
  expect(relayed).toEqual([]);
  databases.LOG.fault = async () => {};
  expect(await settle(POSTBACK)).toBe(true);
});

test("what had failed before says what became of it", async () => {
  const failed = { status: "failed", reason: "undeliverable", error: "down" } as const;
  await settle(POSTBACK);
  const [row] = logged();
  databases.LOG.db.exec("DELETE FROM postbacks");
  const { link: _, offer: __, affiliate: ___, proven: ____, ...own } = JSON.parse(JSON.stringify(row));
  await placeAndWrite(databases, [{ ...own, ...failed }]);
  await settle(POSTBACK);
  expect(logged()).toMatchObject([{ status: "unattributed", reason: "foreign_unknown", error: null }]);
});

test("verification and repair know that no object has it", async () => {
  await settle(POSTBACK);
  const before = logged();
  const find = async () => ({ messages: [], conversions: [] });
  const message = { kind: "repair", advertiser: 2, receipts: [POSTBACK.receipt], conversions: [] } as const;
  await repair(
    { ...parts, days: databases.clicks.days },
    find,
    { ...message, receipts: [...message.receipts], conversions: [] },
    0,
  );
  expect(logged()).toEqual(before);
  const books = {
    find: async () => ({ messages: [], conversions: [] }),
    messages: async () => [],
    conversions: async () => [],
  };
  const CONVERSIONS: DurableObjectNamespace<StoredBooks> = Object.create({ getByName: () => books });
  const env = { DB: databases.DB, LOG: databases.LOG, CONVERSIONS };
  for (const walk of WALKS)
    expect(await verifyPage(env, 2, walk, "", Date.now() + DAY_MS, 0)).toMatchObject({
      answered: true,
      disagreements: [],
    });
});

test("an adopted click is forgotten behind the longest window and the log's retention", async () => {
  await adopt(CLICK, { ...CLICK, foreignId: "later", clickedAtMs: START_MS + DAY_MS });
  databases.DB.db.exec("UPDATE offer_events SET window_days = NULL");
  await forgetAdopted(databases, START_MS + 210 * DAY_MS);
  expect(adopted()).toHaveLength(2);
  await forgetAdopted(databases, START_MS + 210 * DAY_MS + 1_000);
  expect(adopted().map(({ foreign_id }) => foreign_id)).toEqual(["later"]);
  databases.DB.db.exec("UPDATE offers SET window_days = 365");
  await forgetAdopted(databases, START_MS + 401 * DAY_MS);
  expect(adopted()).toHaveLength(1);
  await forgetAdopted(databases, START_MS + 401 * DAY_MS + 1_000);
  expect(adopted()).toEqual([]);
});

/** What erasing needs of the world, where no object knows anybody. */
function erasingWith(sent: ErasureMessage[], forgotten: string[]): ErasureParts {
  return {
    DB: databases.DB,
    LOG: databases.LOG,
    days: databases.clicks.days,
    ARCHIVE: NO_ARCHIVE,
    ERASURE_KEY,
    POSTBACKS: { send: async (message) => sent.push(message) },
    NOTICES: { send: async ({ conversions: receipts }) => forgotten.push(...receipts) },
    eraseBooks: async () => ({ messages: [], conversions: [] }),
    eraseCommands: async () => null,
    findBooks: async () => ({ messages: [], conversions: [] }),
    eraseClaims: async () => ({ messages: [], next: null }),
  };
}

test("who is erased by our name is erased by the tracker's too, and is not adopted again", async () => {
  await settle(POSTBACK);
  await adopt(CLICK);
  const clickId = adoptedClickId(ring, 1, CLICK);
  const sent: ErasureMessage[] = [];
  const forgotten: string[] = [];
  const erasing = erasingWith(sent, forgotten);
  await takeErasure(erasing, { kind: "erasure", advertiser: 1, clickIds: [clickId], txids: [], everywhere: true });
  expect(sent).toMatchObject([{ clickIds: [clickId, CLICK.foreignId] }]);
  for (const message of sent.splice(0)) await takeErasure(erasing, message);
  expect(sent).toEqual([]);
  expect(adopted()).toEqual([]);
  expect(forgotten).toEqual([POSTBACK.receipt]);
  const replaced = erasedClickId(importErasureKey(ERASURE_KEY), CLICK.foreignId);
  expect(logged()).toMatchObject([{ click_id: replaced, params: "{}" }]);
  await adopt(CLICK);
  expect(adopted()).toEqual([]);
  // Nor does the old tracker hear of it any more.
  relayed = [];
  await settle({ ...POSTBACK, receipt: `${"0".repeat(25)}2` });
  expect(relayed).toEqual([]);
  const another = { number: 1, clickId: "another", target: "/k3y/postback?subid=another" };
  await settle({ ...POSTBACK, receipt: `${"0".repeat(25)}3`, tracker: another });
  expect(relayed).toMatchObject([{ target: another.target }]);
  expect(logged()[1]).toMatchObject({ click_id: replaced, params: "{}" });
  expect(await findClicks({ ...NOTHING_ARCHIVED, DB: databases.DB, days: databases.clicks.days }, [clickId])).toEqual(
    new Map(),
  );
});

test.each<[string, Partial<ErasureMessage>]>([
  ["the order", { txids: ["order-77"] }],
  ["the click", { clickIds: ["0ld-click-of-theirs"] }],
])(
  "what of an unknown click nobody understood is erased with %s that it names, whichever came first",
  async (_, names) => {
    const unread = { their_order: "order-77", their_click: "0ld-click-of-theirs", nickname: "xanthippe" };
    const said = { ...POSTBACK, content: { event: "sale", unread } };
    const other = {
      ...said,
      receipt: `${"0".repeat(25)}2`,
      content: { event: "sale", unread: { nickname: "phyllis" } },
    };
    await settle(said);
    await settle(other);
    const forgotten: string[] = [];
    const message: ErasureMessage = {
      kind: "erasure",
      advertiser: 2,
      clickIds: [],
      txids: [],
      everywhere: true,
      ...names,
    };
    await takeErasure(erasingWith([], forgotten), message);
    expect(forgotten).toEqual([POSTBACK.receipt]);
    await settle({ ...said, receipt: `${"0".repeat(25)}3` });
    expect(logged().map(({ params }) => params)).toEqual(["{}", expect.stringContaining("phyllis"), "{}"]);
  },
);

test.each<[string, PostbackMessage["content"]]>([
  ["its click", { ...POSTBACK.content, txid: "T-9" }],
  ["its order", POSTBACK.content],
  ["what nobody understood", { event: "sale", unread: { their_order: "T-1" } }],
])("of who is erased a dead letter keeps nothing, met by %s", async (what, content) => {
  const erased: ErasureMessage = { kind: "erasure", advertiser: 2, clickIds: [], txids: [], everywhere: true };
  await takeErasure(erasingWith([], []), {
    ...erased,
    ...(what === "its click" ? { clickIds: [CLICK.foreignId] } : { txids: ["T-1"] }),
  });
  const env: Env = Object.create({ LOG: databases.LOG, ERASURE_KEY });
  const letter = { ...POSTBACK, content: { ...content, coupon: "xanthippe" } };
  const met = JSON.stringify(await meetLetter(env, letter));
  expect(met).not.toContain("xanthippe");
  expect(met).not.toContain("T-1");
  const other = { ...letter, advertiser: 1, tracker: { number: 1, clickId: "another" } };
  expect(await meetLetter(env, other)).toEqual(other);
});
