/** The commands as an operator or a sender uses them, over real sockets against the whole system. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { linkKey } from "../../schema/records.ts";
import { callConsole } from "../../scripts/console-api.ts";
import { issueClickId } from "../../workers/core/click-id.ts";
import { importKeyRing } from "../../workers/core/key-ring.ts";
import { heldClicks } from "../flow/held-clicks.ts";
import { seedProgramme, TEST_SECRETS, waitFor } from "../flow/system.ts";
import { ROOT } from "../house/files.ts";
import { type Fronted, startFronted } from "./front.ts";
import { type Ended, runScript } from "./program.ts";

const { CONSOLE_TOKEN } = TEST_SECRETS;
const SLOW_MS = 120_000;
let fronted: Fronted;
let token: string;
const dir = mkdtempSync(join(tmpdir(), "clickback-commands-"));

beforeAll(async () => {
  fronted = await startFronted();
  ({ token } = await seedProgramme(fronted.system));
  await create("/api/advertisers", { slug: "signs", name: "Signs", auth: "signed" });
  await create("/api/offers", {
    slug: "boots",
    name: "Boots",
    advertiser: "signs",
    destination: "https://shop.example/boots",
    currency: "EUR",
    min_seconds: 60,
    events: [{ name: "sale", payout: { percent: "5" }, repeat: "once_per_click" }],
  });
  await create("/api/links", { slug: "boots", offer: "boots", affiliate: "blog" });
});
afterAll(async () => {
  rmSync(dir, { recursive: true });
  await fronted.stop();
});

function call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const fetchConsole = (at: string, init = {}) => fronted.system.fetchConsole(at, init);
  return callConsole(fetchConsole, { method, path, ...(body === undefined ? {} : { body }) });
}

function create(path: string, body: unknown): Promise<Record<string, unknown>> {
  return call("POST", path, body);
}

async function click(slug = "demo"): Promise<string> {
  const answer = await fronted.system.fetchClick(`/c/${slug}`);
  return /[0-9a-hjkmnp-tv-z]{36}/.exec(answer.headers.get("location") ?? "")?.[0] ?? "";
}

/** A click whose log row has landed, so that its postbacks are settled at once. */
async function landedClick(slug = "demo"): Promise<string> {
  const id = await click(slug);
  await waitFor(async () => (await heldClicks(fronted.system)).some(({ click_id }) => click_id === id));
  return id;
}

async function conversions(query: Record<string, string>): Promise<Record<string, unknown>[]> {
  const answer = await fronted.system.fetchConsole(`/api/exports/conversions.ndjson?${new URLSearchParams(query)}`);
  const text = await answer.text();
  return text === ""
    ? []
    : text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
}

/** With the console, as an operator has it. */
function operate(name: string, ...args: string[]): Promise<Ended> {
  const at = name === "postback" || name === "import" ? "--console" : "--url";
  return runScript(name, [...args, at, fronted.origins.console], { CONSOLE_TOKEN });
}

describe("npm run postback", { timeout: SLOW_MS }, () => {
  const WAYS: [string, string[]][] = [
    ["acme", []],
    ["acme", ["--post"]],
    ["acme", ["--sign"]],
    ["acme", ["--sign", "--post"]],
    ["signs", ["--sign"]],
    ["signs", ["--sign", "--post"]],
  ];

  test("whichever way it is sent, it is booked, and no secret is shown", async () => {
    const ids = await Promise.all(WAYS.map(([advertiser]) => click(advertiser === "acme" ? "demo" : "boots")));
    const sent = WAYS.map(([advertiser, way], index) => {
      const late = advertiser === "signs" ? ["--occurred-at", String(Date.now() + 60_000)] : [];
      const about = ["--click", ids[index] ?? "", "--txid", ids[index] ?? "", "--event", "sale", "--amount", "40"];
      return operate("postback", "--advertiser", advertiser, ...about, ...late, ...way, "--wait");
    });
    for (const { code, output } of await Promise.all(sent)) {
      expect(output).toMatch(/\n200 \{"status":"accepted"[\s\S]*\nattributed\n {2}conversion \w{26}\n$/);
      expect(code).toBe(0);
      expect(output).not.toMatch(/cbt_\w|whsec_\w/);
    }
    for (const id of ids) expect(await conversions({ txid: id })).toMatchObject([{ amount: "40.00", click_id: id }]);
  });

  test("a sender who knows no console has its secrets from the environment", async () => {
    const args = [
      "--advertiser",
      "acme",
      "--url",
      fronted.origins.postback,
      "--click",
      await landedClick(),
      "--txid",
      "own",
    ];
    const { code, output } = await runScript("postback", args, { POSTBACK_TOKEN: token });
    expect([code, output]).toEqual([0, expect.stringContaining('"accepted"')]);
    expect(output).not.toContain(token);
    const asked = await runScript("postback", [...args, "--console", fronted.origins.console, "--wait"], {
      POSTBACK_TOKEN: token,
    });
    expect([asked.code, asked.output]).toEqual([0, expect.stringMatching(/\nduplicate: same_message\n/)]);
  });

  test.each([
    [["--advertiser", "acme", "--click", "x"], 1, "malformed_click_id"],
    [["--advertiser", "acme", "--txid", "never-sold", "--wait"], 1, "unattributed: unknown_order"],
    [["--advertiser", "acme", "--param", "oops"], 2, "NAME=VALUE"],
    [["--advertiser", "signs"], 1, "add --sign"],
    [["--advertiser", "nobody"], 2, "404"],
    [[], 2, "--advertiser"],
    [["--bogus"], 2, "usage:"],
  ])("%j ends with %s and says %s", async (args, code, words) => {
    expect(await operate("postback", ...args)).toEqual({ code, output: expect.stringContaining(words) });
  });
});

describe("npm run import", { timeout: SLOW_MS }, () => {
  test("a connection that breaks twice and a run that is started again leave each order once", async () => {
    const id = await landedClick();
    const file = join(dir, "evening.csv");
    const orders = Array.from({ length: 1_200 }, (_, index) => `evening-${index}`);
    const lines = orders.map((txid, index) => `${id},sale,${txid},${index === 1_100 ? "1,23,4" : "10.00"}`);
    writeFileSync(file, `click_id,event,txid,amount\n${lines.join("\n").replace(",1,23,4", ',"1,23,4"')}\n`);
    fronted.breakNextAnswerAfter(20_000);
    const first = await operate("import", file, "--advertiser", "acme");
    expect(first).toEqual({ code: 1, output: expect.stringContaining("1200 rows: 1199 accepted, 1 refused.") });
    const report = readFileSync(`${file}.refused.ndjson`, "utf8").trimEnd().split("\n");
    expect(report.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ line: 1_102, row: 1_101, reason: "unreadable_amount", parameter: "amount" }),
    ]);
    const [header = "", failed = ""] = readFileSync(`${file}.failed.csv`, "utf8").trimEnd().split("\r\n");
    expect(header).toBe("\ufeffclickback_line,clickback_reason,clickback_what_to_do,click_id,event,txid,amount");
    expect(failed).toMatch(/^1102,unreadable_amount,.*,sale,evening-1100,"1,23,4"$/);
    writeFileSync(file, readFileSync(file, "utf8").replace('"1,23,4"', "1234.50"));
    fronted.breakNextAnswerAfter(0);
    const second = await operate("import", file, "--advertiser", "acme");
    expect(second).toEqual({ code: 0, output: expect.stringContaining("1200 rows: 1200 accepted, 0 refused.") });
    expect(existsSync(`${file}.failed.csv`)).toBe(false);
    const rows = await waitFor(async () => {
      const found = (await conversions({ click_id: id })).filter(({ txid }) => String(txid).startsWith("evening-"));
      return found.length === orders.length && found;
    }, SLOW_MS);
    expect(rows.map(({ txid }) => txid).sort()).toEqual(orders.sort());
    expect(rows.find(({ txid }) => txid === "evening-1100")?.amount).toBe("1234.50");
    // Every row of the file has one receipt, however often it was sent; and what cannot be read is not sent.
    const { LOG } = await fronted.system.ledgerEnv();
    const logged = "SELECT status, count(*) AS count FROM postbacks WHERE txid LIKE 'evening-%' GROUP BY 1 ORDER BY 1";
    await waitFor(async () => {
      const { results } = await LOG.prepare(logged).all();
      expect(results).toEqual([{ status: "attributed", count: 1_200 }]);
      return true;
    });
  });

  test("an advertiser in signed mode signs its batches", async () => {
    const file = join(dir, "signed.ndjson");
    const rows = ["one", "two"].map((txid) => JSON.stringify({ txid, event: "sale" }));
    writeFileSync(file, `${rows.join("\n")}\n`);
    const ended = await operate("import", file, "--advertiser", "signs");
    expect(ended).toEqual({ code: 1, output: expect.stringContaining("2 rows: 2 accepted, 0 refused.") });
    // Both were taken, and neither names a click or an order that is held: that is told, and is no success.
    expect(ended.output).toMatch(/ {2}2 unattributed: unknown_order\. .+/);
    const outcomes = readFileSync(`${file}.outcomes.ndjson`, "utf8").trimEnd().split("\n");
    expect(outcomes.map((line) => JSON.parse(line))).toMatchObject([
      { line: 1, row: 1, status: "unattributed", reason: "unknown_order", conversion: null },
      { line: 2, row: 2, status: "unattributed" },
    ]);
    expect((await operate("import", file, "--advertiser", "signs", "--no-wait")).code).toBe(0);
  });

  test.each([
    [["missing.csv"], "ENOENT"],
    [[], "name one file"],
  ])("%j stops and says %s", async (args, words) => {
    const ended = await operate("import", ...args, "--advertiser", "acme");
    expect(ended).toEqual({ code: 2, output: expect.stringContaining(words) });
  });

  test("a wrong token stops it at once", async () => {
    const file = join(dir, "wrong.csv");
    writeFileSync(file, "txid\nA\n");
    const args = [file, "--advertiser", "acme", "--url", fronted.origins.postback, "--token", "cbt_wrong"];
    const before = fronted.postbackRequests();
    expect(await runScript("import", args)).toEqual({ code: 2, output: expect.stringContaining("bad_token") });
    expect(fronted.postbackRequests() - before).toBe(1);
  });
});

describe("files as people's tools write them", { timeout: SLOW_MS }, () => {
  const INPUTS = join(ROOT, "test/core/table-file/inputs");
  const ids = new Map<string, string>();

  /** The file with fresh clicks in the places of its fillers, under another name. */
  async function input(name: string): Promise<string> {
    const bytes = readFileSync(join(INPUTS, name));
    const file = join(dir, name);
    if (name.endsWith(".txt")) writeFileSync(file, bytes);
    else {
      let text = bytes.toString();
      for (const [filler = "", order] of text.matchAll(/CLICK_ID(?:_OF)?_([\w-]+)/g)) {
        const id = ids.get(order ?? "") ?? (await landedClick("tables"));
        ids.set(order ?? "", id);
        text = text.replaceAll(filler, id);
      }
      writeFileSync(file, text);
    }
    return file;
  }

  const tell = (name: string, file: string, ...args: string[]) =>
    operate(name, file, "--advertiser", "tables", ...args);

  async function hold(txid: string, amount: string): Promise<void> {
    const id = await landedClick("tables");
    ids.set(txid, id);
    const { code } = await operate(
      ...(["postback", "--advertiser", "tables", "--click", id, `--txid=${txid}`, "--event", "sale"] as const),
      ...(["--amount", amount, "--wait"] as const),
    );
    expect(code).toBe(0);
  }

  beforeAll(async () => {
    await create("/api/advertisers", { slug: "tables", name: "Tables" });
    await create("/api/offers", {
      slug: "tables",
      name: "Tables",
      advertiser: "tables",
      destination: "https://shop.example/tables",
      currency: "EUR",
      events: [{ name: "sale", payout: { percent: "10" } }],
    });
    await create("/api/links", { slug: "tables", offer: "tables", affiliate: "blog" });
    await hold("K1", "10.00");
  });

  test("a human header is imported with its click", async () => {
    const { code, output } = await tell("import", await input("import-human-header.csv"));
    expect(output).toMatch(/“Click ID” as click_id.*\n[\s\S]*1 rows: 1 accepted, 0 refused\.[\s\S]* {2}1 attributed\n/);
    expect(code).toBe(0);
    expect(await conversions({ txid: "i11" })).toMatchObject([
      { amount: "40.00", status: "approved", click_id: ids.get("1"), payout: "4.00" },
    ]);
  });

  test("our own export imported again is a duplicate", async () => {
    await hold("-Nx7kQ1", "40.00");
    const { code, output } = await tell("import", await input("import-own-export.csv"));
    expect([code, output]).toEqual([0, expect.stringMatching(/ {2}1 duplicate: same_message/)]);
    expect(await conversions({ advertiser: "tables", txid: "-Nx7kQ1" })).toHaveLength(1);
    const whole = join(dir, "exported.csv");
    const exported = await fronted.system.fetchConsole("/api/exports/conversions.csv?advertiser=tables&bom=1");
    writeFileSync(whole, new Uint8Array(await exported.arrayBuffer()));
    const before = await conversions({ advertiser: "tables" });
    const again = await tell("import", whole);
    expect([again.code, again.output]).toEqual([
      0,
      expect.stringMatching(new RegExp(` {2}${before.length} duplicate`)),
    ]);
    expect(await conversions({ advertiser: "tables" })).toEqual(before);
    expect(await tell("reconcile", whole)).toEqual({ code: 0, output: expect.stringContaining("layout conversions") });
  });

  test.each([
    ["reconcile-sep-line.csv", /semicolons, no layout, header on line 2/],
    ["reconcile-utf-16le.txt", /utf-16le with tabs/],
    ["reconcile-title-and-total.csv", /header on line 3[\s\S]*totals at the end: 1 line/],
  ])("%s is imported, and reconciled", async (name, words) => {
    const file = await input(name);
    expect(await tell("import", file)).toEqual({ code: 0, output: expect.stringMatching(words) });
    const { output } = await tell("reconcile", file, "--to", "2020-01-01");
    expect(output).toMatch(/1 orders in the file, 1 agree with the books\.\n$/);
    expect(await conversions({ advertiser: "tables", txid: "K1" })).toMatchObject([{ amount: "10.00" }]);
  });

  test("the others are reconciled with the right figures", async () => {
    await hold("K2", "20.00");
    await Promise.all(
      ["A1", "A2", "A3", "A6", "A8"].map((order) => hold(order, { A2: "0.50", A3: "1234.50" }[order] ?? "12.50")),
    );
    const said = async (name: string, ...args: string[]) =>
      (await tell("reconcile", await input(name), "--to", "2020-01-01", ...args)).output;
    expect(await said("reconcile-type-column.csv")).toContain("2 orders in the file, 2 agree");
    expect(await said("reconcile-click-and-order-id.csv")).toMatch(
      /layout everflow[\s\S]*1 orders in the file, 1 agree/,
    );
    expect(await said("reconcile-other-currency.csv")).toContain("currency differs: 2");
    expect(await said("reconcile-mapped-columns.csv", "--columns", "Bestellnr=txid,Wert=amount")).toContain("1 agree");
    expect(await said("reconcile-mapped-columns.csv")).toMatch(
      /^The file cannot be reconciled: This file cannot be read: no line among the first 20 names a column/m,
    );
    const amounts = await said("reconcile-amount-forms.csv");
    expect(amounts).toMatch(
      /9 orders in the file, 4 agree[\s\S]*missing here, not_received: 4\n {2}currency differs: 1\n$/,
    );
    expect(amounts).not.toContain("missing there");
  });

  test("fillers for orders' numbers are refused, every one by name", async () => {
    const file = await input("postback-fillers.ndjson");
    expect(await tell("import", file)).toEqual({
      code: 1,
      output: expect.stringContaining("14 rows: 0 accepted, 14 refused."),
    });
    const report = readFileSync(`${file}.refused.ndjson`, "utf8").trimEnd().split("\n");
    for (const line of report)
      expect(JSON.parse(line)).toMatchObject({ reason: "unexpanded_macro", parameter: "txid" });
  });

  test("an export imported again changes nothing where amounts are replaced and a part was given back", async () => {
    await create("/api/advertisers", { slug: "restates", name: "Restates" });
    await create("/api/offers", {
      slug: "restates",
      name: "Restates",
      advertiser: "restates",
      destination: "https://shop.example/restates",
      currency: "EUR",
      events: [{ name: "sale", payout: { percent: "10" }, revenue: "posted", restate: "replace" }],
    });
    await create("/api/links", { slug: "restates", offer: "restates", affiliate: "blog" });
    const say = async (...said: string[]) => {
      const sent = await operate("postback", "--advertiser", "restates", ...said, "--event", "sale", "--wait");
      expect([sent.code, sent.output]).toEqual([0, expect.any(String)]);
    };
    const clicks = [await landedClick("restates"), await landedClick("restates"), await landedClick("restates")];
    for (const [index, id] of clicks.entries())
      await say("--click", id, "--txid", `r${index}`, "--amount", "100", "--param", "revenue=20");
    await say("--txid", "r0", "--status", "reversed", "--amount", "40");
    await say("--txid", "r1", "--status", "reversed");
    const before = await conversions({ advertiser: "restates" });
    expect(before.map(({ txid, amount, refunded }) => [txid, amount, refunded]).sort()).toEqual([
      ["r0", "60.00", "40.00"],
      ["r1", "0.00", "100.00"],
      ["r2", "100.00", "0.00"],
    ]);
    const file = join(dir, "restates.csv");
    const exported = await fronted.system.fetchConsole("/api/exports/conversions.csv?advertiser=restates");
    writeFileSync(file, new Uint8Array(await exported.arrayBuffer()));
    await operate("import", file, "--advertiser", "restates");
    const after = await conversions({ advertiser: "restates" });
    const shown = ({ amount, revenue, payout, status, refunded }: Record<string, unknown>) => [
      ...[amount, revenue, payout, status, refunded],
    ];
    expect(after.map(shown)).toEqual(before.map(shown));
  });

  test("Shopify's orders are sent as sold and as given back so far, once", async () => {
    const text = readFileSync(join(INPUTS, "reconcile-shopify-orders.csv"), "utf8");
    const file = join(dir, "shopify.csv");
    const now = `${new Date(Date.now() + 60_000).toISOString().slice(0, 19).replace("T", " ")} +0000`;
    const [first, second] = [await landedClick("tables"), await landedClick("tables")];
    // The shop keeps the click as a note attribute.
    const lines = text.split("\n").map((line, index) => {
      const note = index === 0 ? "Note Attributes" : ["", `click_id: ${first}`, "", `click_id: ${second}`][index];
      return line === "" ? line : `${line},${note ?? ""}`;
    });
    writeFileSync(file, lines.join("\n").replaceAll(/2026-11-0\d 10:00:00 \+0200/g, now));
    // The second time each row has the receipt that it has.
    for (let run = 0; run < 2; run++) {
      const { output } = await tell("import", file);
      expect(output).toMatch(/3 rows: 3 accepted[\s\S]* {2}2 attributed\n {2}1 updated\n/);
      expect(await conversions({ advertiser: "tables", txid: "#1001" })).toMatchObject([{ amount: "45.00" }]);
      expect(await conversions({ advertiser: "tables", txid: "#1002" })).toMatchObject([{ amount: "1134.50" }]);
    }
    expect((await tell("reconcile", file, "--to", "2020-01-01")).output).toContain("2 orders in the file, 2 agree");
  });
});

describe("npm run replay", { timeout: SLOW_MS }, () => {
  test("what was rejected for a reason is decided anew once the set-up is mended", async () => {
    const id = await landedClick();
    for (const txid of ["gift-1", "gift-2"])
      await fronted.system.fetchPostback(
        `/p/acme?${new URLSearchParams({ click_id: id, event: "gift", txid, token })}`,
      );
    const { LOG } = await fronted.system.ledgerEnv();
    const rejected = LOG.prepare("SELECT 1 FROM postbacks WHERE reason = 'unknown_event'");
    await waitFor(async () => (await rejected.all()).results.length === 2);
    expect(await conversions({ event: "gift" })).toEqual([]);
    const { events } = await call("GET", "/api/offers/shoes");
    const gift = { name: "gift", payout: { flat: "1.00" } };
    await call("PATCH", "/api/offers/shoes", { events: [...(Array.isArray(events) ? events : []), gift] });
    const ended = await operate("replay", "--reason", "unknown_event", "--since", "2026-01-01");
    expect(ended).toEqual({ code: 0, output: "2 messages were queued again.\n" });
    await waitFor(async () => (await conversions({ event: "gift" })).length === 2);
  });

  test("what failed is sent again, whatever it is, and what cannot be read is told and stays", async () => {
    const { ARCHIVE } = await fronted.system.ledgerEnv();
    const ring = await importKeyRing(TEST_SECRETS.CLICK_KEYS);
    if (!ring.ok) throw new Error(ring.refusal);
    const seen = { issuedAtMs: Date.now() - 60_000, link: 1, counter: 1, test: false, provisional: false };
    const lost = { clickId: issueClickId(ring.value, seen), offer: 1, affiliate: 1, advertiser: 1, subs: ["again"] };
    await ARCHIVE.put("failed/clicks/1", JSON.stringify({ kind: "clicks", clicks: [lost] }));
    await ARCHIVE.put("failed/broken", "{");
    const words = "1 messages were queued again, 1 could not be: they stay in the archive, under failed/.\n";
    expect(await operate("replay", "--failed")).toEqual({ code: 0, output: words });
    const landed = () => heldClicks(fronted.system);
    const own = await waitFor(async () => (await landed()).find(({ click_id }) => click_id === lost.clickId));
    expect(own.sub1).toBe("again");
    const left = await ARCHIVE.list({ prefix: "failed/" });
    expect(left.objects.map(({ key }) => key)).toEqual(["failed/broken"]);
    await ARCHIVE.delete("failed/broken");
  });

  test.each([
    [["--failed"], 0, "0 messages"],
    [["--reason", "bad_weather"], 2, "unknown_event"],
    [["--failed", "--reason", "no_click"], 2, "either"],
    [["--failed", "--since", "2026-01-01"], 2, "--since"],
    [[], 2, "either"],
  ])("%j ends with %s and says %s", async (args, code, words) => {
    expect(await operate("replay", ...args)).toEqual({ code, output: expect.stringContaining(words) });
  });
});

describe("npm run verify", { timeout: SLOW_MS }, () => {
  test("holds the books of the console at an address against the objects, and has them written anew", async () => {
    const id = await landedClick();
    await fronted.system.fetchPostback(`/p/acme?${new URLSearchParams({ click_id: id, txid: "held-1", token })}`);
    await waitFor(async () => (await conversions({ txid: "held-1" })).length === 1);
    const verify = (...args: string[]) => operate("verify", "--min-age", "0", ...args);
    expect(await verify()).toEqual({
      code: 0,
      output: expect.stringMatching(/^[1-9]\d* rows looked at, 0 disagreements\.$/m),
    });
    const { LOG } = await fronted.system.ledgerEnv();
    await LOG.prepare("DELETE FROM postbacks WHERE txid = 'held-1'").run();
    expect(await verify("--repair")).toEqual({ code: 1, output: expect.stringContaining(", 1 disagreements.") });
    await waitFor(async () => (await verify()).code === 0);
  });

  test("says what it passed over, and what it lacks", async () => {
    expect((await operate("verify")).output).toContain("settled in the last 300 seconds was passed over");
    expect(await runScript("verify", ["--url", fronted.origins.console], { CONSOLE_TOKEN: "" })).toEqual({
      code: 2,
      output: expect.stringContaining("set CONSOLE_TOKEN"),
    });
  });
});

describe("npm run publish", { timeout: SLOW_MS }, () => {
  test("publishes what the edge of the console at an address lacks", async () => {
    const { EDGE } = await fronted.system.ledgerEnv();
    await EDGE.delete(linkKey("demo"));
    const published = await operate("publish");
    expect(published).toEqual({ code: 0, output: expect.stringContaining(", 1 of them published anew.") });
    expect(published.output).toContain(`${linkKey("demo")} was `);
    expect((await operate("publish")).output).toContain(", 0 of them published anew.");
  });
});

describe("npm run doctor", { timeout: SLOW_MS }, () => {
  test.each([
    ["acme", "token", ["a GET with the token", "a batch with the token", "a signed POST and the token"], 1],
    ["signs", "signed", ["a signed GET", "a signed POST", "a signed batch", "a stale signature"], 0],
  ])("finds %s in %s mode well, and touches no real figure", async (advertiser, mode, names, skipped) => {
    const before = await conversions({ advertiser, test: "0" });
    const { code, output } = await operate("doctor", "--advertiser", advertiser);
    expect(code, output).toBe(0);
    expect(output).toContain(`${advertiser} is in ${mode} mode`);
    for (const name of names) expect(output).toMatch(new RegExp(`^passed +${name} `, "m"));
    expect(output.match(/^skipped/gm) ?? []).toHaveLength(skipped);
    expect(output).toMatch(/Nothing failed\.\n$/);
    expect(await conversions({ advertiser, test: "0" })).toEqual(before);
    expect((await conversions({ advertiser, test: "1" })).length).toBeGreaterThanOrEqual(3);
  });

  test("fails, and says what, where the door does not let the sender in", async () => {
    await call("PATCH", "/api/advertisers/acme", { allowed_ips: ["192.0.2.1"] });
    const links = await call("GET", "/api/links?advertiser=acme");
    const { code, output } = await operate("doctor", "--advertiser", "acme");
    await call("PATCH", "/api/advertisers/acme", { allowed_ips: [] });
    // The second time it uses the link that it made the first time.
    expect(await call("GET", "/api/links?advertiser=acme")).toEqual(links);
    expect(code).toBe(1);
    expect(output).toMatch(/^FAILED +a GET with the token +403 address_not_allowed/m);
    expect(output).toMatch(/\d+ of 14 checks failed\.\n$/);
  });

  test("follows another tracker's links, asks whether its host leads here, and plays its postback", async () => {
    const KEY = "0f3ab1c2d4e5f607";
    const tracker = { name: "Old", dialect: "keitaro", advertiser: "acme" };
    await create("/api/trackers", { ...tracker, slug: "old", secret: KEY, host: "trk.localhost" });
    await create("/api/trackers", { ...tracker, slug: "bare", host: "nobody.invalid" });
    const examine = (environment: Record<string, string> = {}) =>
      runScript("doctor", ["--advertiser", "acme", "--tracker", "old", "--url", fronted.origins.console], {
        CONSOLE_TOKEN,
        ...environment,
      });
    const set = (link: string) => call("PUT", "/api/trackers/old/aliases", { aliases: [{ alias: "x7Kd93ab", link }] });
    await set("demo");
    const untold = await examine();
    expect(untold.output).toMatch(
      /^passed +the tracker old, where it is tried +x7Kd93ab leads on, as the link demo does$/m,
    );
    expect(untold.output).toMatch(/^passed +its host trk\.localhost +leads here$/m);
    expect(untold.output).toMatch(/^skipped +a postback in its words +put its key or token into TRACKER_SECRET/m);
    expect(untold.output).toMatch(/^skipped +the tracker bare, where it is tried +it has no aliases/m);
    expect(untold.output).toMatch(
      /^trouble +its host nobody\.invalid +nobody answers .*--tracker-host nobody\.invalid/m,
    );
    expect(untold.code, untold.output).toBe(0);
    const { items } = await call("GET", "/api/links?affiliate=clickback-doctor");
    await set(String(Object(items)[0].slug));
    const before = await conversions({ advertiser: "acme", test: "0" });
    const told = await examine({ TRACKER_SECRET: KEY });
    expect(told.output).toMatch(/^passed +a postback in its words +attributed once, as a test$/m);
    expect(told.output).not.toContain(KEY);
    expect(await conversions({ advertiser: "acme", test: "0" })).toEqual(before);
    const wrong = await examine({ TRACKER_SECRET: "ffffffffffffffff" });
    expect(wrong.output).toMatch(/^FAILED +a postback in its words +its postback was answered 401$/m);
    for (const slug of ["old", "bare"]) await call("PATCH", `/api/trackers/${slug}`, { status: "ended" });
    expect((await examine()).output).toContain("there is no active tracker old");
  });

  test("an advertiser without an offer cannot be examined", async () => {
    await create("/api/advertisers", { slug: "new", name: "New" });
    const ended = await operate("doctor", "--advertiser", "new");
    expect(ended).toEqual({ code: 2, output: expect.stringContaining("no active offer") });
  });
});
