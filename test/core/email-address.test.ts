/** An address is the same in letters of either size, and another one in letters that only look alike. */
import { expect, test } from "vitest";
import { foldEmail } from "../../workers/core/email-address.ts";

test.each([
  ["Ann@Example.COM", "ann@example.com"],
  ["ann@example.com", "ann@example.com"],
  ["\u212Aim@example.com", "\u212Aim@example.com"],
  ["\u0130da@example.com", "\u0130da@example.com"],
  ["\u017Fam@example.com", "\u017Fam@example.com"],
])("%s is %s", (written, known) => {
  expect(foldEmail(written)).toBe(known);
});
