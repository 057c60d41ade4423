/** docs/postbacks.md, which advertisers' developers read, says what the door does: names, aliases, lengths, presets, the statuses of receipts. */
import { expect, test } from "vitest";
import { receiptAnswer } from "../../workers/console/postbacks/receipts.ts";
import { MAX_BATCH_BYTES, MAX_BATCH_ROWS } from "../../workers/core/postback/batch.ts";
import { makeDialect, meaningOf } from "../../workers/core/postback/dialect.ts";
import { PRESETS } from "../../workers/core/postback/mapping-presets.ts";
import { parseQuery } from "../../workers/core/postback/parameter.ts";
import { understand } from "../../workers/core/postback/parameter-meanings.ts";
import { ALIASES, PARAMETER_NAMES, PERHAPS_CLICK_ID } from "../../workers/core/postback/parameter-names.ts";
import { readPostback } from "../../workers/core/postback/postback-reader.ts";
import { ringOf } from "../core/keys.ts";
import { read } from "./files.ts";

const DOCUMENT = read("docs/postbacks.md");
const PLAIN = makeDialect(undefined);
const ring = await ringOf({ 1: 0x11 }, 1);

/** The cells of the rows that stand under a heading and begin with a name. */
function rowsUnder(heading: string): string[][] {
  const section = DOCUMENT.split(`\n${heading}\n`)[1]?.split(/\n##+ /)[0] ?? "";
  return section
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .map(([, ...cells]) => cells.slice(0, -1));
}

const quoted = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ");
const parameters = rowsUnder("## Parameters");

test("every parameter is told, with its aliases", () => {
  const aliases = new Map<string, readonly string[]>(Object.entries(ALIASES));
  expect(parameters.map(([name, also]) => [name, also])).toEqual([
    ...PARAMETER_NAMES.map((name) => [`\`${name}\``, quoted(aliases.get(name) ?? [])]),
    ["`meta.…`", ""],
  ]);
  expect([...PERHAPS_CLICK_ID].filter((name) => !DOCUMENT.includes(`\`${name}\``))).toEqual([]);
});

test("the trap is told: a payout is our revenue", () => {
  expect(meaningOf(PLAIN, "payout")?.parameter).toBe("revenue");
  expect(DOCUMENT).toContain(`So ${quoted(ALIASES.revenue.slice(0, 3))} and \`${ALIASES.revenue[3]}\` are read as our`);
});

const bounded = parameters
  .map(
    ([name = "", , form = ""]) =>
      [name.slice(1, -1).replace("…", "a"), Number(/at most (\d+) (?:ch|of)/.exec(form)?.[1])] as const,
  )
  .filter(([name, most]) => !Number.isNaN(most) && !name.startsWith("meta."));

test("lengths are told", () => {
  expect(bounded.map(([name]) => name)).toEqual([
    "event",
    "txid",
    "also_txid",
    "refund_id",
    "coupon",
    "return",
    "idempotency_key",
  ]);
});

test.each([...bounded, ["meta.a", 256] as const])("%s: %i characters are taken, and no more", async (name, most) => {
  const takes = async (length: number) => {
    const reading = await readPostback(understand(PLAIN, [{ name, text: "x".repeat(length) }], []), PLAIN, ring);
    return reading.ok && reading.value.content.notes === undefined;
  };
  expect([await takes(most), await takes(most + 1)]).toEqual([true, false]);
});

test("how large a batch may be is told", () => {
  const bytes = `${MAX_BATCH_BYTES / 1024 / 1024} MiB`;
  expect(DOCUMENT).toContain(`up to ${MAX_BATCH_ROWS.toLocaleString("en-US")} rows or ${bytes}`);
});

test("every preset is told, with its names and the status words that not all have", () => {
  const presets = [...PRESETS];
  const common = Object.entries(presets[0]?.[1].statuses ?? {}).filter(([word, meaning]) =>
    presets.every(([, { statuses }]) => statuses[word] === meaning),
  );
  const words = (from: Readonly<Record<string, string>>) =>
    Object.entries(from)
      .map(([word, meaning]) => `\`${word}\` ${meaning === "-" ? "not read" : meaning}`)
      .join(", ");
  expect(rowsUnder("### Presets")).toEqual(
    presets.map(([name, { names, statuses }]) => [
      `\`${name}\``,
      words(names),
      words(Object.fromEntries(Object.entries(statuses).filter(([word]) => !common.some(([known]) => known === word)))),
    ]),
  );
  for (const [word] of common) expect(DOCUMENT).toContain(`\`${word}\``);
});

test.each([...PRESETS.keys()])("%s: its example is understood, each of its parameters once", (preset) => {
  const query = new RegExp(`^ {4}${preset} +https://postback\\.example\\.com/p/acme\\?(.+)$`, "m").exec(DOCUMENT)?.[1];
  const sent = parseQuery(query ?? "");
  if (typeof sent === "string") throw new Error(sent);
  const dialect = makeDialect({ preset });
  const read = sent.map(({ name }) => meaningOf(dialect, name)?.parameter);
  expect(read).toEqual(expect.arrayContaining(["click_id", "token"]));
  expect(new Set(read).size).toBe(sent.length);
  expect(read).not.toContain(undefined);
});

test("every status of a receipt is told", () => {
  expect(rowsUnder("## Receipts").map(([status]) => status)).toEqual(
    receiptAnswer.entries.status.options.map((status) => `\`${status}\``),
  );
});
