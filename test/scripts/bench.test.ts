/** The benchmark's own arithmetic and load, and one row of it from end to end. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openLoad } from "../../scripts/bench/load.ts";
import { insertBetween, markdownTable, resultRows } from "../../scripts/bench/results.ts";
import {
  alternate,
  compare,
  costs,
  interleave,
  median,
  middleSpeeds,
  percentile,
  type Slice,
  speeds,
} from "../../scripts/bench/rounds.ts";
import { COMPARISONS, digits, goalOf, holds, isRowName } from "../../scripts/bench/rows.ts";
import { ROOT } from "../../scripts/sections.ts";
import { runScript } from "./program.ts";

const SLOWER = { ratio: 0.5, min: 0.4, max: 0.7, reference: 4_000, ours: 2_000 };

describe("rounds", () => {
  it.each([
    [[3], 0.5, 3],
    [[3, 1, 2], 0.5, 2],
    [[4, 1, 2, 3], 0.5, 2.5],
    [[1, 2, 3, 4, 5], 1, 5],
    [[5, 4, 3, 2, 1], 0, 1],
    [Array.from({ length: 101 }, (_, index) => index), 0.99, 99],
  ])("of %j have at share %d the value %d", (values, share, value) => {
    expect(percentile(values, share)).toBeCloseTo(value);
  });

  it("that are none have no median", () => {
    expect(() => median([])).toThrow("no values");
  });

  it("go by turns", async () => {
    const order: string[] = [];
    const note = (name: string) => async (round: number) => {
      order.push(`${name}${round}`);
      return round;
    };
    const rounds = await alternate(2, note("A"), note("B"));
    expect(order).toEqual(["A0", "B0", "A1", "B1"]);
    expect(rounds).toEqual([
      { reference: 0, ours: 0 },
      { reference: 1, ours: 1 },
    ]);
  });

  it("are judged by the median of their ratios, not by the ratio of medians", () => {
    const rounds = [
      { reference: 100, ours: 50 },
      { reference: 10, ours: 9 },
      { reference: 1_000, ours: 600 },
    ];
    expect(compare(rounds)).toEqual({ ratio: 0.6, min: 0.5, max: 0.9, reference: 100, ours: 50 });
  });
});

describe("rounds of many turns", () => {
  const took = (seconds: number): Slice => ({ answered: 100, seconds, cpuSeconds: seconds / 2 });
  /** In one of three turns something stopped ours, in another the reference. */
  const round = [
    { reference: took(1), ours: took(2) },
    { reference: took(1), ours: took(9) },
    { reference: took(9), ours: took(2) },
  ];

  it("take turns within each round", async () => {
    const order: string[] = [];
    const note = (name: string) => async () => {
      order.push(name);
      return took(1);
    };
    const rounds = await interleave(2, 3, note("A"), note("B"));
    expect(order.join("")).toBe("ABABABABABAB");
    expect(rounds.map(({ length }) => length)).toEqual([3, 3]);
  });

  it("are judged by the turn of the median ratio, whatever stopped either of them in another", () => {
    expect(middleSpeeds([round])).toEqual([{ reference: 100, ours: 50 }]);
    expect(() => middleSpeeds([[]])).toThrow("no turns");
  });

  it("count every second where the whole is shown, and for CPU", () => {
    expect(speeds([round])).toEqual([{ reference: 300 / 11, ours: 300 / 13 }]);
    expect(costs([round])).toEqual([{ reference: (5.5 / 300) * 10_000, ours: (6.5 / 300) * 10_000 }]);
  });
});

describe("the load over open connections", () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  async function serve(
    status: (path: string) => number,
  ): Promise<{ origin: string; asked: string[]; opened: () => number }> {
    const asked: string[] = [];
    let connections = 0;
    const opening = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(status(request.url ?? "")).end("ok");
    });
    opening.on("connection", () => connections++);
    server = opening;
    const port = await new Promise<number>((resolve) => {
      opening.listen(0, "127.0.0.1", () => {
        const address = opening.address();
        resolve(typeof address === "object" && address ? address.port : 0);
      });
    });
    return { origin: `http://127.0.0.1:${port}`, asked, opened: () => connections };
  }

  it("asks in turn for exactly as much as it is told, over no more connections than it has", async () => {
    const { origin, asked, opened } = await serve(() => 200);
    const load = openLoad({ origin, requests: [{ path: "/a" }, { path: "/b" }], status: 200 });
    for (const amount of [100, 50, 7]) expect((await load.saturate(amount)).answered).toBe(amount);
    await load.close();
    expect(asked).toHaveLength(157);
    expect(asked.filter((path) => path === "/a")).toHaveLength(79);
    expect(opened()).toBeLessThanOrEqual(32);
  });

  it("fails when an answer is not as it must be", async () => {
    const { origin } = await serve((path) => (path === "/b" ? 429 : 200));
    const load = openLoad({ origin, requests: [{ path: "/a" }, { path: "/b" }], status: 200 });
    await expect(load.saturate(10)).rejects.toThrow("answered 429");
    await load.close();
  });
});

describe("a goal", () => {
  it.each([
    [{ atLeast: 0.6 }, 0.6, true],
    [{ atLeast: 0.6 }, 0.59, false],
    [{ atMost: 1.6 }, 1.6, true],
    [{ atMost: 1.6 }, 1.61, false],
    [{}, 99, true],
  ])("of %j with %d holds: %s", (goal, ratio, expected) => {
    expect(holds({ what: "", reference: "", unit: "", ...goal }, { ...SLOWER, ratio })).toBe(expected);
  });

  it.each([
    [{ atLeast: 0.6 }, "≥ 0.60"],
    [{ atMost: 1.6 }, "≤ 1.60"],
    [{}, "shown"],
  ])("of %j is written %s", (goal, text) => {
    expect(goalOf({ what: "", reference: "", unit: "", ...goal })).toBe(text);
  });

  it.each([
    [0.5, "0.50"],
    [12.34, "12.3"],
    [123.4, "123"],
    [12_345.6, "12,346"],
  ])("and figures such as %d are written %s", (value, text) => {
    expect(digits(value)).toBe(text);
  });
});

/** Rows that came since the last whole run. */
const SINCE_THEN = ["promise"];

describe("results", () => {
  it("hold a row for each ratio that was measured, in the table's order", () => {
    const rows = resultRows({ postback: { ...SLOWER, ratio: 0.912_34 }, click: SLOWER });
    expect(rows).toEqual([
      {
        name: "click",
        reference: COMPARISONS.click.reference,
        ratio: 0.5,
        min: 0.4,
        max: 0.7,
        goal: "≥ 0.60",
        holds: false,
      },
      {
        name: "postback",
        reference: COMPARISONS.postback.reference,
        ratio: 0.912,
        min: 0.4,
        max: 0.7,
        goal: "≥ 0.85",
        holds: true,
      },
    ]);
  });

  it("are a table in which what does not hold stands out", () => {
    const [head, rule, click, settle, ...more] = markdownTable({
      click: SLOWER,
      settle: SLOWER,
    }).split("\n");
    expect(head).toContain("| ratio | range | must hold | aim |");
    expect(rule?.split("|").length).toBe(head?.split("|").length);
    expect(click).toContain("| **0.50** | 0.40–0.70 | ≥ 0.60 | 0.75 | 2,000 requests/s | 4,000 |");
    expect(settle).toContain("| 0.50 | 0.40–0.70 | ≥ 0.15 |");
    expect(more).toEqual([]);
  });

  it("take their place in a document, and leave the rest", () => {
    const document = "above\n<!-- bench -->\nold\n<!-- /bench -->\nbelow\n";
    expect(insertBetween(document, "bench", "new")).toBe("above\n<!-- bench -->\nnew\n<!-- /bench -->\nbelow\n");
  });

  it.each(["no marks", "<!-- bench -->", "<!-- /bench --> <!-- bench -->"])(
    "are not put into a document with %j",
    (document) => {
      expect(() => insertBetween(document, "bench", "new")).toThrow("the document has no");
    },
  );

  it("that are kept are of the benchmark's rows, and the README shows them", () => {
    const kept = JSON.parse(readFileSync(join(ROOT, "bench/results.json"), "utf8"));
    const measured = Object.keys(COMPARISONS).filter((name) => !SINCE_THEN.includes(name));
    expect(kept.rows.map(({ name }: { name: string }) => name)).toEqual(measured);
    expect(Object.keys(kept.rows[0])).toEqual(["name", "reference", "ratio", "min", "max", "goal", "holds"]);
    const table = readFileSync(join(ROOT, "bench/results.md"), "utf8").split("\n").slice(2).join("\n").trim();
    expect(readFileSync(join(ROOT, "README.md"), "utf8")).toContain(table);
  });

  it.each([
    ["click", true],
    ["toString", false],
    ["growth", false],
  ])("know a row called %s: %s", (name, known) => {
    expect(isRowName(name)).toBe(known);
  });
});

describe("npm run bench", () => {
  it("measures the row it is asked for, against a reference that writes the same", { timeout: 120_000 }, async () => {
    const { output, code } = await runScript("bench", ["--quick", "--only", "export"]);
    expect(output).toMatch(/^export +\d+(\.\d+)? \(/m);
    expect(output).toContain("| conversions as CSV |");
    // How fast it is, nobody can tell while other tests run.
    expect([0, 1]).toContain(code);
  });

  it("says which rows there are", async () => {
    const { output, code } = await runScript("bench", ["--only", "everything"]);
    expect(output).toContain("--only NAME");
    expect(code).toBe(2);
  });
});
