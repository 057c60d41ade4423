/** The page of a postback says what nobody read and what it was perhaps meant for, and of an operator's word where it stands. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PostbackContent } from "../../schema/messages.ts";
import { conversionRow, plant, plantLog, plantSetUp, postbackRow } from "./books.ts";
import { type Console, startConsole } from "./console.ts";

const CONTENT: PostbackContent = {
  txid: "order-1",
  unread: { ammount: "12", foo_bar: "baz", occurred_at: "soon" },
  notes: { occurred_at: "bad_time" },
};
const SENT = conversionRow(0);
const DECIDED = conversionRow(1);

let api: Console;
let cookie = "";
beforeAll(async () => {
  api = await startConsole();
  await plantSetUp(api.env.DB);
  await plant(api.env.DB, "conversions", [SENT, DECIDED]);
  await plantLog(api.env, [
    postbackRow(SENT, { params: JSON.stringify(CONTENT) }),
    postbackRow(DECIDED, { channel: "console", params: "{}" }),
  ]);
  cookie = await api.signIn();
});
afterAll(() => api.stop());

async function pageOf(conversion: typeof SENT): Promise<string> {
  const { receipt } = postbackRow(conversion);
  return (await api.fetch(`/postbacks/${receipt}`, { authorization: "", cookie })).text();
}

test("names that look like one of ours say which, and no others", async () => {
  const page = await pageOf(SENT);
  expect(page).toMatch(/unread\.ammount<\/code><span class="help"> perhaps amount</);
  expect(page.split("perhaps")).toHaveLength(2);
  expect(page).toContain("bad_time");
});

test("of an operator's word nothing is said to have been credentials", async () => {
  const page = await pageOf(DECIDED);
  expect(page).toContain("An operator’s word");
  expect(page).not.toContain("Nothing but credentials");
});
