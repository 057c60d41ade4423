/** How long a session lasts that a sign-in link opened: shorter for roles that see secrets or bank details. */
import { expect, test } from "vitest";
import { newSessionOfUser } from "../../workers/console/web/session.ts";
import { ROLES } from "../../workers/core/roles.ts";

const NOW_MS = Date.UTC(2026, 10, 1);

test("a session by link lasts 7 days for admins and finance, and 30 days for everybody else", () => {
  const days = ROLES.map((role) => {
    const { exp } = newSessionOfUser(1, { role }, NOW_MS);
    return [role, (exp - NOW_MS / 1_000) / 86_400];
  });
  expect(Object.fromEntries(days)).toEqual({
    admin: 7,
    manager: 30,
    finance: 7,
    analyst: 30,
    advertiser: 30,
    affiliate: 30,
  });
});
