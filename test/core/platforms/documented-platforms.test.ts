/** docs/platforms.md and a page of each platform's say of it what its entry does, to the word: fields, what is missing, what to test, versions and reasons. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DELIVERY_REASONS } from "../../../workers/core/courier/delivery-reasons.ts";

import { PLATFORM_REASONS } from "../../../workers/core/platforms/platform-reasons.ts";
import { PLATFORM_NAMES } from "../../../workers/core/platforms/platform-target.ts";
import { PLATFORMS } from "../../../workers/core/platforms/platforms.ts";

const DOCUMENT = readFileSync(join(import.meta.dirname, "../../../docs/platforms.md"), "utf8");
const pageOf = (name: string) => readFileSync(join(import.meta.dirname, `../../../docs/platforms/${name}.md`), "utf8");
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

describe.each(PLATFORM_NAMES)("%s", (name) => {
  const {
    label,
    fields,
    eventName,
    refunds,
    test: canTest,
    missing,
    unsure,
    pins,
    clickIds,
    window,
    batch,
    doubt,
  } = PLATFORMS[name];
  const section = pageOf(name);

  test("its page says what it asks for, cannot do, and is not sure of", () => {
    const told = [
      `# ${label}\n`,
      ...fields.flatMap((field) => [`| ${field.label} |`, field.help]),
      ...(fields.length > 0 ? [`| ${eventName.label} | for each event | ${eventName.help} |`] : []),
      ...[refunds ?? "", canTest?.how ?? ""],
      ...[...missing, ...unsure].map((line) => `\n- ${line}\n`),
      ...pins.map(({ api, version, verifiedOn }) => `${api} ${version}, read on ${verifiedOn}`),
      ...pins.flatMap(({ sunsetOn, note }) => [sunsetOn ? `ends on ${sunsetOn}` : "no end is known", note ?? ""]),
    ];
    expect(told.filter((words) => !section.includes(words))).toEqual([]);
    const listed = section.split("\n").filter((line) => line.startsWith("- "));
    expect(listed).toEqual([...missing, ...unsure].map((line) => `- ${line}`));
  });

  test.skipIf(name === "pinterest")("its row says what it takes", () => {
    const row = DOCUMENT.split("\n").find((line) => line.startsWith(`| [${label}](platforms/${name}.md) |`)) ?? "";
    const [, , goesBy = "", until, size, silence, hears, tests] = row.split("|").map((cell) => cell.trim());
    const ids = [...goesBy.matchAll(/`([\w.]+)`/g)].map(([, id]) => id);
    expect(ids).toEqual(clickIds.length > 0 ? clickIds : ["meta.ga_client_id"]);
    expect(until).toBe(`${window.ms / DAY_MS} days after the ${window.from}`);
    const refusal = batch.refusal === "batch" ? "one bad event refuses all" : "each by itself";
    expect(size).toBe(batch.events === 1 ? "1" : `${batch.events.toLocaleString("en")}, ${refusal}`);
    const forHours = doubt.next === "repeat" && doubt.withinMs !== null ? ` for ${doubt.withinMs / HOUR_MS} hours` : "";
    expect(silence).toBe(doubt.next === "hold" ? "held" : `sent again${forHours}`);
    expect([hears, tests]).toEqual([refunds ? "yes" : "no", canTest ? "yes" : "no"]);
  });
});

test("every reason stands there with its number", () => {
  const told = [...DOCUMENT.matchAll(/^\| (\d+) \| `(\w+)` \| (.+) \|$/gm)].map(([, ...cells]) => cells);
  const reasons = Object.entries(PLATFORM_REASONS).map(([name, { number, message }]) => [`${number}`, name, message]);
  expect(told).toEqual(reasons);
});

test("no reason has the name of a delivery's", () => {
  // A name that stood in both would have taken the other's place.
  const own = Object.entries(PLATFORM_REASONS).map(([name, { number }]) => [name, number]);
  expect(
    Object.entries(DELIVERY_REASONS).flatMap(([name, { number }]) => (number > 340 ? [[name, number]] : [])),
  ).toEqual(own);
});
