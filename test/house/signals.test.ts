/** docs/signals.md, which operators read, tells every signal as the table has it: what it reads, when it speaks, what is honest and looks like it, and its thresholds. */
import { expect, test } from "vitest";
import { WINDOW_DAYS } from "../../workers/core/signals/activity.ts";
import { LEAST_DECISIONS, LEAST_PRECISION } from "../../workers/core/signals/precision.ts";
import { SIGNAL_NAMES, signalOf } from "../../workers/core/signals/signals.ts";
import { THRESHOLD_NAMES, THRESHOLDS } from "../../workers/core/signals/thresholds.ts";
import { read } from "./files.ts";

const DOCUMENT = read("docs/signals.md");
const [, LIST = ""] = /\n## The signals\n([\s\S]*?)\n## /.exec(DOCUMENT) ?? [];
const [, TUNING = ""] = /\n### Thresholds\n([\s\S]*?)\n## /.exec(DOCUMENT) ?? [];
const rowsOf = (table: string) => table.split("\n").filter((line) => line.startsWith("| `"));

/** The row of a signal, as it is to stand. */
function rowOf(name: (typeof SIGNAL_NAMES)[number]): string {
  const { label, data, rule, wrong, thresholds } = signalOf(name);
  const set = THRESHOLD_NAMES.flatMap((one) =>
    thresholds[one] === undefined ? [] : [`\`${one}\` ${thresholds[one]}`],
  );
  return `| \`${name}\` | ${label} | ${data} | ${rule} | ${wrong} | ${set.join(", ")} |`;
}

test("the list tells every signal, and no other", () => {
  expect(rowsOf(LIST)).toEqual(SIGNAL_NAMES.map(rowOf));
});

test("the thresholds and their bounds are told", () => {
  const told = THRESHOLD_NAMES.map((name) => {
    const { label, from, to } = THRESHOLDS[name];
    return `| \`${name}\` | ${label} | ${from} to ${to} |`;
  });
  expect(rowsOf(TUNING)).toEqual(told);
});

test("what nobody holds is named, and from when a signal is not trusted", () => {
  const [holdless = ""] = /^What nothing is held by: .*$/m.exec(DOCUMENT) ?? [];
  const named = [...holdless.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  expect(named).toEqual(SIGNAL_NAMES.filter((name) => !signalOf(name).mayHold));
  expect(DOCUMENT).toContain(`less than ${LEAST_PRECISION * 100} % of ${LEAST_DECISIONS} decisions or more`);
  expect(DOCUMENT).toContain(`${WINDOW_DAYS} UTC days`);
});
