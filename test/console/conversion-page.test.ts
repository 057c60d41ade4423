/** The page of a conversion shows every fact that rides along on it, under its label. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RidingFacts } from "../../schema/messages.ts";
import { FACT_NAMES, factCells, factTexts, RIDING_FACTS } from "../../workers/core/riding-facts.ts";
import { isSeenBy, ROLES, type Role } from "../../workers/core/roles.ts";
import { conversionRow, plant, plantSetUp } from "./books.ts";
import { ADMIN, type Console, startConsole } from "./console.ts";

const FACTS: Required<RidingFacts> = {
  coupon: "SPRING",
  customer: "returning",
  meta: { basket: "7" },
  originalStatus: "done",
};
const ROW = conversionRow(0, factCells(FACTS));
const SUBJECTS: Partial<Record<Role, string>> = { advertiser: "acme", affiliate: "blog" };

let api: Console;
beforeAll(async () => {
  api = await startConsole();
  await plantSetUp(api.env.DB);
  await plant(api.env.DB, "conversions", [ROW]);
});
afterAll(() => api.stop());

async function pageFor(token: string): Promise<string> {
  const cookie = await api.signIn(token);
  return (await api.fetch(`/conversions/${ROW.conversion_id}`, { authorization: "", cookie })).text();
}

/** The page where the offer shares what it may keep from affiliates, or not. */
async function pageWhere(token: string, isShared: 0 | 1): Promise<string> {
  await api.env.DB.prepare("UPDATE offers SET share_meta = ?").bind(isShared).run();
  return pageFor(token);
}

test.each(ROLES)("%s", async (role) => {
  const asked = { name: role, role, ...(SUBJECTS[role] ? { subject: SUBJECTS[role] } : {}) };
  const made = role === "admin" ? { token: ADMIN } : JSON.parse((await api.call("POST", "/api/tokens", asked)).text);
  const [unshared, shared] = [await pageWhere(String(made.token), 0), await pageWhere(String(made.token), 1)];
  for (const name of FACT_NAMES)
    for (const [label, text] of factTexts(RIDING_FACTS[name].label, FACTS[name])) {
      const isShown = (page: string) => page.includes(`<dt>${label}</dt><dd>${text}</dd>`);
      const isSeen = isSeenBy(RIDING_FACTS[name], role);
      const isHeldBack = role === "affiliate" && "affiliatesWhere" in RIDING_FACTS[name];
      expect([label, isShown(shared), isShown(unshared)]).toEqual([label, isSeen, isSeen && !isHeldBack]);
    }
});
