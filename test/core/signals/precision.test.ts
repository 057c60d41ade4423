import { expect, test } from "vitest";
import { effectiveState, isMistrusted, precisionOf } from "../../../workers/core/signals/precision.ts";

test.each([
  [5, 14, false],
  [5, 15, true],
  [6, 14, false],
  [0, 20, true],
  [20, 0, false],
])("right %i times and wrong %i times: mistrusted %s", (right, wrong, mistrusted) => {
  expect(isMistrusted({ right, wrong })).toBe(mistrusted);
});

test("what is mistrusted, or of no use to hold, only shows", () => {
  const bad = { right: 1, wrong: 30 };
  const good = { right: 30, wrong: 1 };
  expect(effectiveState("hold", true, good)).toBe("hold");
  expect(effectiveState("hold", true, bad)).toBe("show");
  expect(effectiveState("hold", false, good)).toBe("show");
  expect(effectiveState("off", true, bad)).toBe("off");
  expect(precisionOf({ right: 0, wrong: 0 })).toBeNull();
});
