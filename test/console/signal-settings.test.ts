/** What is set of signals, by the functions that pages and API call; and what alerts are made of those that speak. */
import { beforeEach, describe, expect, test } from "vitest";
import { signalFindings } from "../../workers/console/alerts/signal-findings.ts";
import { changeSetting, listSettings, type SettingChange } from "../../workers/console/signals/signal-settings.ts";
import type { Caller } from "../../workers/console/web/caller.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

const ANN: Caller = { name: "ann", role: "manager", scope: "everything" };

let DB: SqliteD1;

beforeEach(() => {
  DB = new SqliteD1("books", "schema/migrations/books", async () => {});
  DB.db.exec(`
    INSERT INTO advertisers (number, slug, name, credentials, created_at, updated_at) VALUES (1, 'acme', 'Acme', '[]', 0, 0);
    INSERT INTO offers (number, slug, name, advertiser, destination, currency, created_at, updated_at)
    VALUES (7, 'shoes', 'Shoes', 1, 'https://shop.example/', 'USD', 0, 0);
    INSERT INTO signal_reads (day, parts, after, claims, done_at) VALUES (20000, 1, '', 0, 5)`);
});

const set = (name: string, input: SettingChange) => changeSetting({ DB }, name, input, { by: ANN, atMs: 1_000 });
const of = async (offer?: string) => {
  const listed = await listSettings({ DB }, offer === undefined ? {} : { offer });
  return listed.ok ? listed.value.items.find(({ signal }) => signal === "too_fast") : listed.refusal;
};

describe("a setting", () => {
  test("of an offer holds there, of all offers elsewhere, and null goes back", async () => {
    await set("too_fast", { thresholds: { seconds: 5 } });
    await set("too_fast", { offer: "shoes", state: "hold", thresholds: { seconds: 20, least: 40 } });
    expect(await of()).toMatchObject({ state: "show", thresholds: { seconds: 5, least: 20 } });
    expect(await of("shoes")).toMatchObject({ state: "hold", thresholds: { seconds: 20, least: 40 } });
    await set("too_fast", { offer: "shoes", state: null, thresholds: { seconds: null } });
    expect(await of("shoes")).toMatchObject({ state: "show", thresholds: { seconds: 5, least: 40 } });
  });

  test("is in the audit log, and has all days read anew", async () => {
    await set("too_fast", { offer: "shoes", state: "off" });
    expect(DB.db.prepare("SELECT actor, action, kind, subject FROM audit").all()).toEqual([
      { actor: "ann", action: "change", kind: "signal", subject: "too_fast on shoes" },
    ]);
    expect(DB.db.prepare("SELECT done_at FROM signal_reads").get()).toEqual({ done_at: null });
    expect(DB.db.prepare("SELECT stage FROM signal_round").get()).toEqual({ stage: "reading" });
  });

  test.each([
    ["reversals", { state: "hold" }, "#/state"],
    ["shaved_approvals", { state: "hold" }, "#/state"],
    ["click_flooding", { thresholds: { seconds: 5 } }, "#/thresholds/seconds"],
    ["too_fast", { offer: "boots" }, "#/offer"],
  ] as const)("of %s is refused where it makes no sense: %j", async (name, input, pointer) => {
    const refused = await set(name, input);
    expect(refused).toMatchObject({ ok: false, refusal: { errors: [{ pointer }] } });
    expect(DB.db.prepare("SELECT count(*) AS count FROM signal_settings").get()).toEqual({ count: 0 });
  });

  test("of a signal that was wrong too often says hold, and only shows", async () => {
    await set("too_fast", { offer: "shoes", state: "hold" });
    DB.db.exec("INSERT INTO signal_precision (signal, offer, right, wrong) VALUES ('too_fast', 7, 2, 18)");
    expect(await of("shoes")).toMatchObject({ state: "hold", effective_state: "show", precision: 0.1 });
  });
});

describe("alerts", () => {
  const share = { unit: "share", own: 0.6, ownBound: 0.5, cases: 100, usual: 0.01, usualBound: 0.02 };
  const signal = (number: number, name: string, affiliate: string) => ({
    ...{ number, signal: name, affiliate, offer: "shoes", advertiser: "acme", event: "sale", opened_at: number },
    figures: JSON.stringify({
      ...share,
      ...{ usualCases: 900, peers: 9, detail: name === "sub_id" ? "0123456789abc" : null },
    }),
  });

  test("are one for each signal of an affiliate, and one for an advertiser that is suspected of shaving", () => {
    const found = signalFindings([
      signal(4, "shaved_approvals", "blog"),
      signal(3, "shaved_conversions", "deals"),
      signal(2, "sub_id", "blog"),
      signal(1, "too_fast", "blog"),
    ]);
    expect(found.map(({ rule, subject, path, sinceMs }) => [rule, subject, path, sinceMs])).toEqual([
      ["signal_opened", "blog/2", "/signals/2", 2],
      ["signal_opened", "blog/1", "/signals/1", 1],
      ["shaving_suspected", "acme", "/signals", 3],
    ]);
    // What an affiliate wrote stands in no alert.
    expect(JSON.stringify(found)).not.toContain("0123456789abc");
  });
});
