/** Words that somebody gave their meaning by hand, dates in whatever order, a separator and a header that were said: what is read of a file then. */
import { describe, expect, test } from "vitest";
import { makeDialect } from "../../../workers/core/postback/dialect.ts";
import { sentLineReader } from "../../../workers/core/reconciliation/sent-line.ts";
import { readChosenWords, writeChosenWords } from "../../../workers/core/table-file/chosen-words.ts";
import { orderSayer } from "../../../workers/core/table-file/say-order.ts";
import { isUnread } from "../../../workers/core/table-file/table-order.ts";
import { planTable, type TableRequest } from "../../../workers/core/table-file/table-plan.ts";
import { readTable } from "../../../workers/core/table-file/table-reader.ts";
import { timeNotation } from "../../../workers/core/table-file/table-time.ts";
import { wordMeanings } from "../../../workers/core/table-file/word-meanings.ts";

const dialect = makeDialect({ statuses: { bezahlt: "pending", offen: "pending" }, events: { sale: "lead" } });

async function read(text: string, said: Partial<TableRequest> = {}) {
  const open = async function* () {
    yield new TextEncoder().encode(text);
  };
  const asked = {
    dialect,
    columns: [],
    layout: null,
    encoding: null,
    decimal: null,
    events: ["sale", "lead"],
    ...said,
  };
  const plan = await planTable(open, asked);
  if (!plan.ok) return { refusal: plan.refusal, plan: null, says: [], lines: [], passed: [] };
  const table = readTable(open, plan.value);
  const say = orderSayer(plan.value);
  const line = sentLineReader(plan.value, () => {});
  const says: string[] = [];
  const lines: string[] = [];
  for await (const order of table.rows) {
    if (isUnread(order)) says.push(order.fault);
    else {
      const said = say(order);
      says.push(...(said.ok ? said.value.map((one) => one.map((pair) => pair.join("=")).join(" ")) : [said.refusal]));
      const { event, statuses } = line(order);
      lines.push(`${event} ${statuses?.join()}`);
    }
  }
  return { plan: plan.value, refusal: "", says, lines, passed: table.summary().passed_over };
}

describe("words", () => {
  test.each([
    ["status:Bezahlt=approved", [["status", "Bezahlt", "approved"]]],
    ["status:Bezahlt, ganz=approved", null],
    [
      "status:Bezahlt%2C ganz%3D=approved,event:Kauf=sale",
      [
        ["status", "Bezahlt, ganz=", "approved"],
        ["event", "Kauf", "sale"],
      ],
    ],
    ["status:Entwurf=-", [["status", "Entwurf", "-"]]],
    ["status:Bezahlt=paid", null],
    ["payout:x=1", null],
    ["", []],
  ])("%s", (text, words) => {
    expect(readChosenWords(text)?.map(({ field, word, means }) => [field, word, means]) ?? null).toEqual(words);
  });

  test("what is written is read again, whatever the word holds", () => {
    const words = [{ field: "status", word: "100 % paid, or = so", means: "approved" }] as const;
    expect(readChosenWords(writeChosenWords(words))).toEqual(words);
  });

  test("what was said stands before the mapping and the layout, in import and in reconciliation, and passes rows over", async () => {
    const file =
      "Order;Status;Event;Amount\nK1;BEZAHLT;Kauf;10,00\nK2;Entwurf;Kauf;10,00\nK3;storno;Kauf;10,00\nK4;offen;x;1";
    const words =
      readChosenWords("status:Bezahlt=approved,status:entwurf=-,status:Storno=reversed,event:Kauf=sale") ?? [];
    const { says, lines, passed } = await read(file, { words });
    // Nothing that the door reads as the event “sale” is left by this mapping.
    expect(says).toEqual(["mapped_away", "mapped_away", "event=x txid=K4 status=offen amount=1.00"]);
    expect(lines).toEqual(["sale approved", "sale reversed", "null pending"]);
    expect(passed).toEqual([{ word: "Entwurf", rows: 1 }]);
    const free = await read(file, { words, dialect: makeDialect({ statuses: { bezahlt: "pending" } }) });
    expect(free.says).toEqual([
      "event=sale txid=K1 status=approved amount=10.00",
      "event=sale txid=K3 amount=10.00",
      "event=sale txid=K3 status=reversed",
      "event=x txid=K4 status=offen amount=1.00",
    ]);
  });

  test("each word is told with how often it stands there and what it means, unknown ones first", async () => {
    const { plan } = await read("Order;Status\nK1;offen\nK2;offen\nK3;hm\nK4;approved", {
      words: readChosenWords("status:approved=rejected") ?? [],
    });
    expect(plan && wordMeanings(plan).map(({ word, rows, means }) => [word, rows, means])).toEqual([
      ["hm", 1, null],
      ["offen", 2, "pending"],
      ["approved", 1, "rejected"],
    ]);
  });
});

describe("separator and header", () => {
  test("the separator that was said parts, and the header is where it was said", async () => {
    const file = "Order,Note;Amount\nnonsense;1\nOrder No;Amount\nK1;2";
    expect((await read(file, { separator: ";", headerLine: 3 })).says).toEqual(["txid=K1 amount=2.00"]);
  });

  test("a file without a header is rows from its first line on, once its columns are chosen", async () => {
    const columns = [
      ["#1", "txid"],
      ["#2", "amount"],
    ] as const;
    expect((await read("order;1\nK1;2", { headerLine: 0, columns })).says).toEqual([
      "txid=order amount=1.00",
      "txid=K1 amount=2.00",
    ]);
    expect((await read("order;1\nK1;2", { headerLine: 0 })).refusal).toContain("Choose columns by hand");
  });

  test("a header line that begins no row is refused", async () => {
    expect((await read("Order;Amount\nK1;2", { headerLine: 9 })).refusal).toContain("line 9 begins no row");
  });

  test("what is usual counts where the header has it, and not against what is chosen", async () => {
    const usual = [
      ["Beleg", "txid"],
      ["Gibt es nicht", "status"],
      ["Summe", "amount"],
    ] as const;
    const file = "Beleg;Summe;Netto\nK1;2;3";
    expect((await read(file, { usual })).says).toEqual(["txid=K1 amount=2.00"]);
    expect((await read(file, { usual, columns: [["Netto", "amount"]] })).says).toEqual(["txid=K1 amount=3.00"]);
  });
});

describe("times", () => {
  const utc = (text: string) => Date.parse(text);
  const berlin = { order: null, zone: "Europe/Berlin" };
  test.each([
    ["1.11.2026", [], berlin, utc("2026-10-31T23:00:00Z")],
    ["1.11.2026 10:05", [], berlin, utc("2026-11-01T09:05:00Z")],
    ["2026-11-01 10:05:07", [], berlin, utc("2026-11-01T09:05:07Z")],
    ["2026-11-01", [], berlin, utc("2026-10-31T23:00:00Z")],
    ["2026/7/1 10:05", [], berlin, utc("2026-07-01T08:05:00Z")],
    ["11/1/2026", [], berlin, null],
    ["11/1/2026", ["11/13/2026"], berlin, utc("2026-10-31T23:00:00Z")],
    ["11/1/2026", ["13/11/2026"], berlin, utc("2026-01-10T23:00:00Z")],
    ["11/1/2026", ["13/11/2026", "11/13/2026"], berlin, null],
    ["11/1/2026 2:05 PM", [], { order: "month_first", zone: "UTC" }, utc("2026-11-01T14:05:00Z")],
    ["11/1/2026 12:05 AM", [], { order: "month_first", zone: "UTC" }, utc("2026-11-01T00:05:00Z")],
    ["11/1/2026 13:05 PM", [], { order: "month_first", zone: "UTC" }, null],
    ["30/2/2026", [], { order: "day_first", zone: "UTC" }, null],
    ["1/11/2026", [], { order: "day_first", zone: null }, null],
    ["1/11/2026 10:00 +0200", [], { order: "day_first", zone: null }, utc("2026-11-01T08:00:00Z")],
    ["2026-11-01T10:00:00Z", [], { order: null, zone: null }, utc("2026-11-01T10:00:00Z")],
    // Clocks that are put back show an hour twice, of which the first counts; put forward they leave one out.
    ["25.10.2026 02:30", [], berlin, utc("2026-10-25T00:30:00Z")],
    ["29.03.2026 02:30", [], berlin, utc("2026-03-29T01:30:00Z")],
    ["yesterday", [], berlin, null],
  ] as const)("%s beside %j", (text, others, said, atMs) => {
    const notation = timeNotation(said);
    for (const one of [text, ...others]) notation.note(one);
    expect(notation.read(text)).toBe(atMs);
  });
});
