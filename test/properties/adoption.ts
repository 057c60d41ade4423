/**
 * Random histories of a move: postbacks that name clicks as another tracker does, clicks that are adopted before, between and after them, replays of what was unknown, and
 * redeliveries, with outages at every await. In the end the books are as if every adopted click had been known from the beginning, and what names others is unknown.
 */
import fc from "fast-check";
import type { AdoptedClick, AdoptionMessage, PostbackMessage, RelayedPostback } from "../../schema/messages.ts";
import { seededRandom } from "../../scripts/random.ts";
import { rebuildMessages } from "../../workers/console/postbacks/stored-message.ts";
import { adoptedClickId } from "../../workers/core/adoption/adopted-click-id.ts";
import type { KeyRing } from "../../workers/core/key-ring.ts";
import { postbackCells } from "../../workers/core/metrics/postback-cells.ts";
import { closeLog } from "../../workers/ledger/close-log.ts";
import { joinLateClicks } from "../../workers/ledger/late-clicks.ts";
import { type SettleParts, settleOrRetry } from "../../workers/ledger/settle.ts";
import { takeAdoption } from "../../workers/ledger/take-adoption.ts";
import { NOTHING_ARCHIVED } from "../ledger/click-days.ts";
import { ERASURE_KEY } from "../ledger/erasure-key.ts";
import { histories } from "../ledger/histories.ts";
import { seedSetUp } from "../ledger/seed.ts";
import type { ObjectStorage } from "../ledger/sqlite-platform.ts";
import { CLICKS, DAY_MS, type IssuedClick, LINKS, START_MS, testKeyRing } from "../ledger/world.ts";
import { partsOn } from "./ledger-in-process.ts";
import { RolledBackDatabases } from "./rolled-back-databases.ts";

const TRACKER = 1;
const MOST_MESSAGES = 16;
const FAULTY_ROUNDS = 14;
const NOW_MS = START_MS + 100 * DAY_MS;
/** Until then the old tracker is told. */
const RELAY_UNTIL_MS = START_MS + 10 * DAY_MS;

interface Foreign extends IssuedClick {
  adopted: AdoptedClick;
}

type Queued = PostbackMessage | AdoptionMessage;
type Row = Record<string, unknown>;

/** Gives what holds one history, by its seed, to the property. */
export async function prepareAdoption(): Promise<(seed: number) => Promise<void>> {
  const ring = await testKeyRing();
  const databases = new RolledBackDatabases();
  return (seed) => holdMove(ring, databases, seed);
}

async function holdMove(ring: KeyRing, databases: RolledBackDatabases, seed: number): Promise<void> {
  const draw = seededRandom(seed);
  const chance = (share: number) => draw.next() < share;
  const pick = <One>(all: readonly One[]): One | undefined => all[Math.floor(draw.next() * all.length)];
  const clicks = foreignClicks(ring);
  const known = clicks.filter(() => chance(0.8));
  const keeper = chance(0.5) ? 1 : 2;
  const messages = drawMessages(clicks, keeper, seed, chance);
  /** Whether advertisers take what nobody vouches for. */
  const isOpen = chance(0.5);

  const due = await databases.takingBack(async () => {
    prepare(databases, keeper, isOpen);
    for (const { adopted } of known) await takeAdoption(adopting(databases, ring), messageOf(adopted));
    const meant = messages
      .map((message) => asMeant(message, known, isOpen))
      .filter((message) => !message.tracker?.clickId);
    const objects = new Map<number, ObjectStorage>();
    for (const message of meant) await deliver(partsOn(databases, ring, objects), [message]);
    await joinLate(databases);
    return booksOf(databases);
  });

  await databases.takingBack(async () => {
    prepare(databases, keeper, isOpen);
    const relayed: RelayedPostback[] = [];
    let isFaulty = true;
    const fault = async () => {
      if (isFaulty && chance(0.08)) throw new Error("outage");
    };
    for (const database of databases.all) database.fault = fault;
    const objects = new Map<number, ObjectStorage>();
    const parts: SettleParts = {
      ...partsOn(databases, ring, objects),
      RELAYS: {
        sendBatch: async (packed) => {
          await fault();
          for (const { body } of structuredClone([...packed])) relayed.push(...body.postbacks);
          await fault();
          return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
        },
      },
    };
    let queue: Queued[] = [...messages];
    const adoptions = known.map(({ adopted }) => messageOf(adopted));
    const consume = async (size: number) => {
      const taken: Queued[] = [];
      while (taken.length < size && queue.length > 0)
        taken.push(...queue.splice(Math.floor(draw.next() * queue.length), 1));
      const left: Queued[] = [];
      for (const body of taken.filter((one) => one.kind === "adoption"))
        await takeAdoption(adopting(databases, ring), body).catch(() => left.push(body));
      left.push(
        ...(await deliver(
          parts,
          taken.filter((one) => one.kind === "postback"),
        )),
      );
      queue.push(...left);
    };
    const replay = async (share: number) => {
      const rows = databases.LOG.db
        .prepare("SELECT * FROM postbacks WHERE reason = 'foreign_unknown' ORDER BY receipt")
        .all();
      for (const row of rows.filter(() => chance(share))) queue.push(...rebuildMessages(loggedRow(row)));
    };

    for (let round = 0; round < FAULTY_ROUNDS; round++) {
      if (chance(0.5)) queue.push(...adoptions.filter(() => chance(0.2)));
      await consume(1 + Math.floor(draw.next() * 6));
      if (chance(0.3)) await replay(0.6);
      const again = pick(messages);
      if (again && chance(0.4)) queue.push(again);
      if (chance(0.3)) await closeLog(databases, START_MS + draw.next() * 20 * DAY_MS).catch(() => {});
    }
    isFaulty = false;
    const drain = async () => {
      for (let round = 0; round < 20 && queue.length > 0; round++) await consume(queue.length);
      check(queue.length === 0, `the backlog did not empty: ${queue.length} left`);
    };
    await drain();
    queue = [...adoptions];
    await drain();
    // Twice, as when somebody presses the button again before the first is through.
    await replay(1);
    await replay(1);
    await drain();
    await joinLate(databases);
    checkBooks(booksOf(databases), due, messages, { known, keeper });
    checkQuarters(databases);
    checkRelayed(relayed, messages);
    // What was known is not told the old tracker any more, and nothing moves again.
    queue = [...messages, ...adoptions];
    await drain();
    checkBooks(booksOf(databases), due, messages, { known, keeper });
    checkQuarters(databases);
  });
}

function foreignClicks(ring: KeyRing): Foreign[] {
  return CLICKS.filter(({ test }) => !test).map((click, index) => {
    const adopted: AdoptedClick = {
      foreignId: `foreign-${index}`,
      link: click.link,
      clickedAtMs: click.issuedAtMs,
      subs: [`sub ${index}`],
    };
    const id = adoptedClickId(ring, TRACKER, adopted);
    return { id, click: { ...click, adopted: true }, adopted };
  });
}

/** Each receipt once, as trackers' senders, who name no message, have them; some name a click of ours, or an order alone. */
function drawMessages(
  clicks: Foreign[],
  keeper: number,
  seed: number,
  chance: (share: number) => boolean,
): PostbackMessage[] {
  const drawn = fc.sample(histories(clicks, MOST_MESSAGES), { seed, numRuns: 1 })[0] ?? [];
  const once = [...new Map(drawn.map((message) => [message.receipt, message])).values()];
  return once
    .filter(({ ruling, correction }) => !ruling && !correction)
    .map(({ credentialVersion: _, row: __, named: ___, ...message }) => {
      const { clickId, ...content } = message.content;
      const click = clicks.find(({ id }) => id === clickId);
      const channel = message.channel === "pixel" ? "pixel" : ("tracker:old" as const);
      if (!click) return { ...message, channel };
      const advertiser = LINKS.get(click.click.link)?.advertiser ?? 0;
      if (chance(0.2)) return { ...message, advertiser, channel };
      const tracker = {
        number: TRACKER,
        clickId: click.adopted.foreignId,
        target: `/postback?cid=${click.adopted.foreignId}`,
        ...((channel === "pixel" || chance(0.2)) && { unproven: true as const }),
      };
      return { ...message, advertiser: keeper, channel, content, tracker };
    });
}

/** The message as its sender would have sent it, had it known the click by our name; what nobody vouched for is another advertiser's only where that is open. */
function asMeant(message: PostbackMessage, known: readonly Foreign[], isOpen: boolean): PostbackMessage {
  const click = known.find(({ adopted }) => adopted.foreignId === message.tracker?.clickId);
  if (!click) return message;
  const { tracker, ...rest } = message;
  return {
    ...rest,
    ...((isOpen || !tracker?.unproven) && { advertiser: LINKS.get(click.click.link)?.advertiser ?? 0 }),
    content: { ...message.content, clickId: click.id },
  };
}

function prepare({ DB }: RolledBackDatabases, keeper: number, isOpen: boolean): void {
  seedSetUp(DB.db);
  if (isOpen) DB.db.exec("UPDATE advertisers SET auth = 'open', pixel = 1");
  DB.db
    .prepare(
      `INSERT INTO trackers (number, slug, name, dialect, advertiser, old_origin, relay_until, created_at, updated_at)
       VALUES (?, 'old', 'Old', 'keitaro', ?, 'https://old.example', ?, 0, 0)`,
    )
    .run(TRACKER, keeper, RELAY_UNTIL_MS);
}

/** Delivers them at once, and gives those that were not acknowledged. */
async function deliver(parts: SettleParts, messages: readonly PostbackMessage[]): Promise<PostbackMessage[]> {
  const acked = new Set<PostbackMessage>();
  await settleOrRetry(
    parts,
    messages.map((body) => ({ body: structuredClone(body), attempts: 1, ack: () => acked.add(body), retry: () => {} })),
  );
  return messages.filter((body) => !acked.has(body));
}

function messageOf(adopted: AdoptedClick): AdoptionMessage {
  return { kind: "adoption", tracker: TRACKER, clicks: [adopted] };
}

function adopting({ DB, LOG }: RolledBackDatabases, ring: KeyRing) {
  return { DB, LOG, ERASURE_KEY, ring, nowMs: () => NOW_MS };
}

/** As the cron does, where the books did not answer for a click. */
async function joinLate({ DB, clicks }: RolledBackDatabases): Promise<void> {
  await joinLateClicks({ ...NOTHING_ARCHIVED, DB, days: clicks.days }, START_MS);
}

interface Books {
  postbacks: Row[];
  conversions: Row[];
}

/** Without conversions that no message is in any more: what one took over of another, when an order's other name joined them, leaves that empty, and depends on what was decided first. */
function booksOf({ DB, LOG }: RolledBackDatabases): Books {
  const logged = LOG.db
    .prepare("SELECT receipt, advertiser, status, reason, conversion_id FROM postbacks ORDER BY receipt")
    .all();
  const spoken = new Set(logged.map(({ conversion_id }) => conversion_id));
  return {
    postbacks: logged.map(({ conversion_id: _, ...row }) => row),
    conversions: DB.db
      .prepare(
        // What stands in the place of a coupon's click tells which of several messages was decided first.
        `SELECT conversion_id, advertiser, affiliate, offer, link, event, txid, iif(attributed_by = 'coupon', '', click_id) AS click_id, status, currency, clicked_at, occurred_at, received_at, attributed_by, coupon, sub1, click_joined, test,
           CAST(amount AS TEXT) AS amount, CAST(revenue AS TEXT) AS revenue, CAST(payout AS TEXT) AS payout FROM conversions
         ORDER BY click_id, event, txid, test, status, amount`,
      )
      .all()
      .filter(({ conversion_id }) => spoken.has(conversion_id))
      .map(({ conversion_id: _, ...row }) => row),
  };
}

/** As if all had been known from the beginning; what names a click that nobody adopted stands in the log once, with its tracker's advertiser. */
function checkBooks(
  now: Books,
  due: Books,
  messages: readonly PostbackMessage[],
  { known, keeper }: { known: readonly Foreign[]; keeper: number },
): void {
  same(now.conversions, due.conversions, "the conversions");
  const unknown = messages
    .filter(({ tracker }) => tracker?.clickId && !known.some(({ adopted }) => adopted.foreignId === tracker.clickId))
    .map(({ receipt }) => ({ receipt, advertiser: keeper, status: "unattributed", reason: "foreign_unknown" }));
  const byReceipt = (rows: readonly Row[]) =>
    rows.map(outcomeOf).sort((left, right) => (String(left.receipt) < String(right.receipt) ? -1 : 1));
  same(byReceipt(now.postbacks), byReceipt([...due.postbacks, ...unknown]), "the postback log");
}

/** Which of several messages was the first the order of delivery decides, and so whether an unknown order was held by then, under another event. */
function outcomeOf({ receipt, advertiser, status, reason }: Row): Row {
  const isTold = status === "rejected" || status === "parked" || status === "unattributed";
  const why = reason === "other_event" ? "unknown_order" : reason;
  return { receipt, advertiser, outcome: isTold ? `${status}: ${why}` : status };
}

/** A row that moved from one advertiser to another left its cell. */
function checkQuarters({ LOG }: RolledBackDatabases): void {
  const cells =
    "received_at / 900000 AS quarter, advertiser, coalesce(event, '') AS event, status, coalesce(reason, '') AS reason, test";
  const counted = LOG.db
    .prepare(
      `SELECT ${cells}, sum(times) AS postbacks FROM postbacks GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6`,
    )
    .all();
  const kept = LOG.db
    .prepare(`
      SELECT quarter, advertiser, event, status, reason, test, sum(postbacks) AS postbacks FROM ${postbackCells("LOG")} GROUP BY 1, 2, 3, 4, 5, 6
      HAVING sum(postbacks) <> 0 ORDER BY 1, 2, 3, 4, 5, 6`)
    .all();
  same(kept, counted, "the quarters of the log");
}

function checkRelayed(relayed: readonly RelayedPostback[], messages: readonly PostbackMessage[]): void {
  for (const { receipt, target } of relayed) {
    const message = messages.find((one) => one.receipt === receipt);
    check(message?.tracker?.target === target, `${receipt} was relayed as ${target}`);
    check(
      message?.content.test !== true && message?.channel !== "pixel",
      `${receipt} is a test or a claim, and was relayed`,
    );
    check((message?.receivedAtMs ?? 0) < RELAY_UNTIL_MS, `${receipt} was relayed too late`);
  }
}

function loggedRow(row: Row) {
  const text = (name: string) => (row[name] === null ? null : String(row[name]));
  return {
    receipt: String(row.receipt),
    advertiser: Number(row.advertiser),
    received_at: Number(row.received_at),
    status: String(row.status),
    channel: String(row.channel),
    params: text("params"),
    credential_version: row.credential_version === null ? null : Number(row.credential_version),
    address_hash: text("address_hash"),
    attempts: text("attempts"),
  };
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

function same(now: readonly unknown[], due: readonly unknown[], what: string): void {
  const [is, should] = [now, due].map((rows) => rows.map((row) => JSON.stringify(row)));
  const differing = [
    ...(is ?? []).filter((row) => !should?.includes(row)).map((row) => `is  ${row}`),
    ...(should ?? []).filter((row) => !is?.includes(row)).map((row) => `due ${row}`),
  ];
  check(
    differing.length === 0 && now.length === due.length,
    `${what} differ: ${now.length} and ${due.length}\n${differing.join("\n")}`,
  );
}
