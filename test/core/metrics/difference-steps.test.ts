/** The parts between two views: none where nothing differs, and each with the filters of exactly its rows. */
import { expect, test } from "vitest";
import { type CountedView, partsBetween, sayPart } from "../../../workers/core/metrics/difference-steps.ts";

const DAY = 86_400_000;
const here: CountedView = { clock: "received", fromMs: 10 * DAY, toMs: 12 * DAY, withTests: false, stand: "standing" };

function parts(there: Partial<CountedView>, isMoney = true): string[] {
  return partsBetween(here, { ...here, ...there }, isMoney).map(
    ({ reason, sign }) => `${sign < 0 ? "-" : "+"}${reason}`,
  );
}

test.each([
  [{}, []],
  [{ withTests: true }, ["+tests"]],
  [{ fromMs: 9 * DAY, toMs: 11 * DAY }, ["+earlier_begin", "-earlier_end"]],
  [{ fromMs: 11 * DAY, toMs: 13 * DAY }, ["-later_begin", "+later_end"]],
  [{ fromMs: 20 * DAY, toMs: 21 * DAY }, ["-later_begin", "+later_end"]],
  [{ clock: "occurred" }, ["-before_by_other", "-after_by_other", "+before_by_own", "+after_by_own"]],
  [{ stand: "approved" as const }, ["-pending"]],
  [{ stand: "payable" as const }, ["-pending", "-held"]],
  [{ stand: "all" as const }, []],
])("%j", (there, expected) => {
  expect(parts(there)).toEqual(expected);
});

test("of counts, what is rejected and reversed comes to an export, and of standing ones each part is", () => {
  expect(parts({ stand: "all" }, false)).toEqual(["+not_standing"]);
  const [tests] = partsBetween(here, { ...here, withTests: true }, false);
  expect(tests?.filters).toEqual({
    ...{ stands: "true", test: "true", clock: "received" },
    ...{ from: "1970-01-11T00:00:00.000Z", to: "1970-01-13T00:00:00.000Z" },
  });
});

test("a part says by which times", () => {
  const [before] = partsBetween(here, { ...here, clock: "occurred" }, true);
  expect(before && sayPart(before)).toBe("Received in this time, and occurred before it.");
});
