/** Prices by the moment from which they count: whatever is set, announced, brought in and withdrawn, in whatever order messages come and whenever they are settled, each is priced as a plain replay of the changes says. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { PostbackMessage } from "../../schema/messages.ts";
import { bringInPrices } from "../../workers/console/offers/due-prices.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import type { PricingRule } from "../../workers/core/pricing.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { createTables, pageOfConversions } from "../../workers/ledger/object-storage.ts";
import { readSetUp } from "../../workers/ledger/set-up-reader.ts";
import { seedSetUp } from "./seed.ts";
import { ObjectStorage, SqliteD1 } from "./sqlite-platform.ts";
import { CLICKS, LINKS, START_MS } from "./world.ts";

const OFFER = LINKS.get(1)?.offer ?? 0;
const BLOG = 1;
/** Of every message: a click long before, within the window of all events. */
const BEGIN_MS = START_MS + 3_600_000;

interface Op {
  is: "set" | "announce" | "withdraw" | "bring in";
  own: boolean;
  payout: number | null;
  revenue: number | null;
  /** How long after the operation it counts, where it is announced; and which announcement is withdrawn. */
  ahead: number;
}

const op: fc.Arbitrary<Op> = fc.record({
  is: fc.constantFrom("set", "announce", "announce", "withdraw", "bring in"),
  own: fc.boolean(),
  payout: fc.option(fc.integer({ min: 1, max: 90 }), { nil: null }),
  revenue: fc.option(fc.integer({ min: 1, max: 90 }), { nil: null }),
  ahead: fc.integer({ min: 0, max: 6 }),
});

/** In the plainest words: what is said of a price, from when, and in which order it was said. */
interface Change {
  own: boolean;
  fromMs: number;
  payout?: PricingRule | null;
  revenue?: PricingRule | null;
}

const percent = (value: number | null): PricingRule | null => (value === null ? null : { percent: value * 10_000 });
const text = (rule: PricingRule | null) => (rule === null ? null : JSON.stringify(rule));

/** One for all runs, each of which is taken back: migrations take longer than a run. */
const DB = new SqliteD1("books", "schema/migrations/books", async () => {});
seedSetUp(DB.db);

class Programme {
  readonly db = DB;
  readonly changes: Change[] = [];
  #announced: { number: number; change: Change }[] = [];

  constructor() {
    const sale = LINKS.get(1)?.events.find(({ name }) => name === "sale");
    this.changes.push({ own: false, fromMs: 0, payout: sale?.payout ?? null, revenue: sale?.revenue ?? null });
  }

  async play({ is, own, payout, revenue, ahead }: Op, nowMs: number): Promise<void> {
    if (is === "bring in") await bringInPrices({ DB: this.db }, nowMs);
    else if (is === "set") await this.#set(own, percent(payout), percent(revenue), nowMs);
    else if (is === "withdraw") this.#withdraw(ahead, nowMs);
    else this.#announce(own, { payout, revenue }, nowMs + ahead * 1_500);
  }

  /** As a change of the offer does it: first what counts by now is brought in. */
  async #set(own: boolean, payout: PricingRule | null, revenue: PricingRule | null, nowMs: number): Promise<void> {
    await bringInPrices({ DB: this.db }, nowMs);
    const { db } = this.db;
    db.prepare("UPDATE offers SET updated_at = ? WHERE number = ?").run(nowMs, OFFER);
    if (own)
      db.prepare(
        `INSERT INTO offer_event_overrides (offer, event, affiliate, payout, revenue, version) VALUES (?, 'sale', ?, ?, ?, 1)
         ON CONFLICT DO UPDATE SET payout = excluded.payout, revenue = excluded.revenue, version = version + 1`,
      ).run(OFFER, BLOG, text(payout), text(revenue));
    else
      db.prepare(
        "UPDATE offer_events SET payout = ?, revenue = ?, version = version + 1 WHERE offer = ? AND name = 'sale'",
      ).run(text(payout ?? { flat: 1 }), text(revenue ?? "posted"), OFFER);
    this.changes.push(
      own
        ? { own, fromMs: nowMs, payout, revenue }
        : { own, fromMs: nowMs, payout: payout ?? { flat: 1 }, revenue: revenue ?? "posted" },
    );
  }

  #announce(own: boolean, given: { payout: number | null; revenue: number | null }, fromMs: number): void {
    const [payout, revenue] = [percent(given.payout), percent(given.revenue)];
    if (payout === null && revenue === null) return;
    const { db } = this.db;
    const taken = db
      .prepare("SELECT 1 FROM price_changes WHERE offer = ? AND event = 'sale' AND affiliate = ? AND from_at = ?")
      .get(OFFER, own ? BLOG : 0, fromMs);
    if (taken) return;
    if (own)
      db.prepare(
        "INSERT INTO offer_event_overrides (offer, event, affiliate, payout, revenue, version) VALUES (?, 'sale', ?, NULL, NULL, 1) ON CONFLICT DO NOTHING",
      ).run(OFFER, BLOG);
    const made = db
      .prepare(
        `INSERT INTO price_changes (offer, event, affiliate, from_at, sets, payout, revenue, version, counts)
         VALUES (?, 'sale', ?, ?, ?, ?, ?, 9, 0) RETURNING number`,
      )
      .get(
        OFFER,
        own ? BLOG : 0,
        fromMs,
        payout === null ? "revenue" : revenue === null ? "payout" : "both",
        text(payout),
        text(revenue),
      );
    const change: Change = {
      own,
      fromMs,
      ...(payout === null ? {} : { payout }),
      ...(revenue === null ? {} : { revenue }),
    };
    this.changes.push(change);
    this.#announced.push({ number: Number(made?.number), change });
  }

  #withdraw(which: number, nowMs: number): void {
    const open = this.#announced.filter(({ change }) => change.fromMs > nowMs);
    const one = open[which % Math.max(1, open.length)];
    if (!one) return;
    this.db.db.prepare("DELETE FROM price_changes WHERE number = ?").run(one.number);
    this.changes.splice(this.changes.indexOf(one.change), 1);
    this.#announced = this.#announced.filter((other) => other !== one);
  }

  /** What a message that was received then is priced by, by a replay of all that was said. */
  naive(atMs: number): { payout: PricingRule | null; revenue: PricingRule | null } {
    const said = { payout: null, revenue: null } satisfies { payout: PricingRule | null; revenue: PricingRule | null };
    let everybodys: { payout: PricingRule | null; revenue: PricingRule | null } = said;
    let own = everybodys;
    for (const { own: isOwn, fromMs, ...change } of this.changes.toSorted((one, other) => one.fromMs - other.fromMs)) {
      if (fromMs > atMs) continue;
      if (isOwn) own = { ...own, ...change };
      else everybodys = { ...everybodys, ...change };
    }
    return { payout: own.payout ?? everybodys.payout, revenue: own.revenue ?? everybodys.revenue };
  }

  async command(message: PostbackMessage) {
    const setUp = await readSetUp(this.db, [1], [1], [], [], [], [], message.receivedAtMs);
    return makeCommand(message, CLICKS[0] ?? null, setUp);
  }
}

const CLICK_ID = "c".repeat(36);
function sale(number: number, receivedAtMs: number): PostbackMessage {
  const receipt = `0${String(number).padStart(3, "0")}`.padEnd(26, "0");
  const content = { clickId: CLICK_ID, event: "sale", txid: "T", amountMicros: 100_000_000 };
  return { kind: "postback", receipt, advertiser: 1, receivedAtMs, channel: "get", content };
}

test("every message is priced by what counted when it was received, whenever it is settled", {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(op, { minLength: 1, maxLength: 12 }),
      fc.array(fc.integer({ min: -2, max: 30 }), { minLength: 1, maxLength: 6 }),
      async (ops, ages) => {
        DB.db.exec("SAVEPOINT run");
        const programme = new Programme();
        for (const [index, one] of ops.entries()) {
          const nowMs = BEGIN_MS + index * 1_000;
          await programme.play(one, nowMs);
          // Settled at once, by a set-up that has not brought in what came.
          const { terms } = await programme.command(sale(index, nowMs));
          expect(terms).toMatchObject(programme.naive(nowMs));
        }
        for (const [index, age] of ages.entries()) {
          const receivedAtMs = BEGIN_MS + age * 700;
          const { terms } = await programme.command(sale(index, receivedAtMs));
          expect(terms).toMatchObject(programme.naive(receivedAtMs));
        }
        // In whatever order they come, the order is priced by the first that was received.
        const sql = new ObjectStorage();
        createTables(sql);
        for (const [index, age] of ages.entries()) {
          const command = await programme.command(sale(index, BEGIN_MS + age * 700));
          sql.transaction(() => decideShare(sql, [command], BEGIN_MS));
        }
        const [conversion] = pageOfConversions(sql, "", 10).map((stored) => stored.conversion);
        const firstMs = BEGIN_MS + Math.min(...ages) * 700;
        expect(conversion?.terms).toMatchObject(programme.naive(firstMs));
        // Once all is brought in the set-up says the same.
        const endMs = BEGIN_MS + 60_000;
        await bringInPrices({ DB: programme.db }, endMs);
        const row = programme.db.db
          .prepare(
            `SELECT coalesce(v.payout, e.payout) AS payout, coalesce(v.revenue, e.revenue) AS revenue FROM offer_events e
             LEFT JOIN offer_event_overrides v ON v.offer = e.offer AND v.event = e.name AND v.affiliate = ? WHERE e.offer = ? AND e.name = 'sale'`,
          )
          .get(BLOG, OFFER);
        expect({ payout: JSON.parse(String(row?.payout)), revenue: JSON.parse(String(row?.revenue)) }).toEqual(
          programme.naive(endMs),
        );
        DB.db.exec("ROLLBACK TO run; RELEASE run");
      },
    ),
    { numRuns: Number(process.env.PRICES ?? 40) },
  );
});
