/** What the door takes, and what it then tells the queue and the sender. */
import { describe, expect, it } from "vitest";
import { ACME, clickId, Door, tokenOf } from "./door.ts";

const token = await tokenOf(ACME.advertiser);
const click = await clickId();

describe("a postback with a token", () => {
  it("is taken from a query", async () => {
    const door = new Door(ACME);
    const answer = await door.send(`/p/acme?click_id=${click.toUpperCase()}&amount=49.99&txid=A-1&token=${token}`);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ status: "accepted", receipt: door.queued[0]?.receipt });
    expect(door.queued).toEqual([
      {
        kind: "postback",
        receipt: expect.stringMatching(/^[0-7][0-9a-hjkmnp-tv-z]{25}$/),
        advertiser: 7,
        receivedAtMs: expect.any(Number),
        channel: "get",
        credentialVersion: 1,
        content: { clickId: click, amountMicros: 49_990_000, txid: "A-1" },
      },
    ]);
  });
});
