/** The postback worker as it is deployed, in workerd: what Node's streams do otherwise than its own. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { advertiserKey } from "../../schema/records.ts";
import type { Env } from "../../workers/postback/env.ts";
import { createTestHarness } from "../flow/harness.ts";
import { ACME, ADVERTISER_KEYS, CLICK_KEYS, tokenOf } from "./door.ts";

const harness = createTestHarness({
  workers: [{ env: "postback", secrets: { CLICK_KEYS, ADVERTISER_KEYS } }],
});
const worker = harness.getWorker<Pick<Env, "EDGE">>("clickback-postback");
const token = await tokenOf(7);

beforeAll(async () => {
  await harness.listen();
  const { EDGE } = await worker.getEnv();
  await EDGE.put(advertiserKey("acme"), JSON.stringify(ACME));
});
afterAll(() => harness.close());

/** What became of each row. */
async function outcomes(body: string, type: string): Promise<string[]> {
  const init = { method: "POST", body, headers: { "content-type": type } };
  const answer = await worker.fetch(`/p/acme/batch?token=${token}`, init);
  const lines = (await answer.text()).split("\n").slice(0, -1);
  return lines.map((line) => {
    const { status, reason }: { status: string; reason?: string } = JSON.parse(line);
    return reason ?? status;
  });
}

describe("a batch of CSV", () => {
  it.each<[string, string, string[]]>([
    ["whose first row opens a quote", 'click_id,txid\n"X,1\nY,2\n', ["malformed_body"]],
    ["whose second row opens a quote", 'txid,amount\nA,1\n"B,2\nC,3\n', ["accepted", "malformed_body"]],
    ["whose last row opens a quote", 'txid,amount\nA,1\n"B', ["accepted", "malformed_body"]],
    ["with a quote in the middle", 'txid,amount\nA,1\nB"x",2\nC,3\n', ["accepted", "malformed_body"]],
    ["with a row that is too long", `txid\nA\n${"x".repeat(70_000)}\nB\n`, ["accepted", "malformed_body"]],
    ["with nothing wrong", 'txid,amount\nA,1\n"B ""x""",2', ["accepted", "accepted"]],
    ["of a header alone", "txid,amount\n", []],
    ["of nothing", "", []],
  ])("%s is answered row by row", async (_, body, expected) => {
    expect(await outcomes(body, "text/csv")).toEqual(expected);
  });

  it("that is long is answered whole, up to the row that opens a quote", async () => {
    const rows = Array.from({ length: 2_000 }, (_, row) => `T${row},${"x".repeat(100)}\n`);
    const answers = await outcomes(`txid,coupon\n${rows.join("")}"T,1\n${rows.slice(0, 400).join("")}`, "text/csv");
    expect([answers.length, new Set(answers.slice(0, -1)), answers.at(-1)]).toEqual([
      2_001,
      new Set(["accepted"]),
      "malformed_body",
    ]);
  });
});
