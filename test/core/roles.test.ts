/** Who sees an entry of a table: those whom it names, and admins only where it names nobody. */
import { expect, test } from "vitest";
import {
  ADMINS,
  ALL_BUT_ADVERTISERS,
  ALL_BUT_AFFILIATES,
  EVERYONE,
  hiddenFrom,
  isSeenBy,
  OPERATORS,
  ROLES,
} from "../../workers/core/roles.ts";

test("what says nothing is seen by admins only", () => {
  expect(ROLES.filter((role) => isSeenBy({}, role))).toEqual(["admin"]);
  expect(hiddenFrom({})).toEqual(["manager", "finance", "analyst", "advertiser", "affiliate"]);
});

test.each([
  [ADMINS, ["manager", "finance", "analyst", "advertiser", "affiliate"]],
  [OPERATORS, ["advertiser", "affiliate"]],
  [ALL_BUT_ADVERTISERS, ["advertiser"]],
  [ALL_BUT_AFFILIATES, ["affiliate"]],
  [EVERYONE, []],
] as const)("seen by %s", (seenBy, others) => {
  expect(hiddenFrom({ seenBy })).toEqual(others);
});
