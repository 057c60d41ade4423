/** A partial refund that is sent again under a fresh signature: it counts once where something names it, and is another refund where nothing does. */
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { conversionsIn } from "../../workers/core/books/books-index.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import { totalsOf } from "../../workers/core/books/conversion.ts";
import { bookAll } from "../../workers/core/books/rebooking.ts";
import { signTarget } from "../../workers/core/postback/signed-url.ts";
import { CLICKS, SET_UP } from "../ledger/world.ts";
import { ACME, clickId, Door, signingKeyOf, signingSecretOf } from "./door.ts";

/** As in the programme of the books. */
const SENDER = { ...ACME, advertiser: 1, auth: "signed" } as const;
const key = await signingKeyOf(1);
const webhook = new Webhook(await signingSecretOf(1));
const click = await clickId();
const SALE = `click_id=${click}&event=sale&txid=T&amount=40`;
const REFUND = "event=sale&txid=T&status=reversed&amount=10";

/** Signed at this moment, under a nonce of its own. */
async function sendGet(door: Door, query: string, nonce: string): Promise<void> {
  const signed = `/p/acme?${query}&ts=${Math.floor(Date.now() / 1000)}&nonce=${nonce}`;
  expect((await door.send(`${signed}&sig=${signTarget(key, signed)}`)).status).toBe(200);
}

/** Signed `agoS` seconds ago under this id. */
async function sendPost(door: Door, body: string, id: string, agoS: number): Promise<void> {
  const at = new Date(Date.now() - agoS * 1000);
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": webhook.sign(id, at, body),
  };
  expect((await door.send("/p/acme", { method: "POST", body, headers })).status).toBe(200);
}

/** What the books hold after all that the door let in, each message once under its receipt: the amount that remains, and each refund's outcome. */
function booked(door: Door): { remains: number; refunds: string[] } {
  const commands = door.queued.map((message, index) => {
    const { issuedAtMs = 0 } = CLICKS[0] ?? {};
    const received = { ...message, receivedAtMs: issuedAtMs + 10_000 + index };
    return makeCommand(received, message.content.clickId === undefined ? null : (CLICKS[0] ?? null), SET_UP);
  });
  const firsts = commands.filter(
    ({ receipt }, index) => commands.findIndex((one) => one.receipt === receipt) === index,
  );
  const index = bookAll(firsts);
  const [conversion] = conversionsIn(index);
  return {
    remains: conversion ? totalsOf(conversion).amount / 1_000_000 : 0,
    refunds: firsts.slice(1).map(({ receipt }) => index.messages.get(receipt)?.outcome.status ?? ""),
  };
}

describe("a partial refund by a signed GET, sent twice", () => {
  it.each([
    ["without a name is two refunds", REFUND, 20, ["updated", "updated"]],
    ["with a refund_id counts once", `${REFUND}&refund_id=R1`, 30, ["updated", "duplicate"]],
    ["with an idempotency key is one message", `${REFUND}&idempotency_key=K1`, 30, ["updated"]],
  ])("%s", async (_, refund, remains, refunds) => {
    const door = new Door(SENDER);
    await sendGet(door, SALE, "nonce-of-sale");
    await sendGet(door, refund, "nonce-one");
    await sendGet(door, refund, "nonce-two");
    expect(booked(door)).toEqual({ remains, refunds });
  });
});

describe("a partial refund by a signed POST, sent twice", () => {
  it.each([
    ["under one webhook-id is one message", REFUND, ["msg_1", "msg_1"], 30, ["updated"]],
    ["under two webhook-ids is two refunds", REFUND, ["msg_1", "msg_2"], 20, ["updated", "updated"]],
    [
      "under two, with a refund_id, counts once",
      `${REFUND}&refund_id=R1`,
      ["msg_1", "msg_2"],
      30,
      ["updated", "duplicate"],
    ],
    [
      "under two, with an idempotency key, is one message",
      `${REFUND}&idempotency_key=K1`,
      ["msg_1", "msg_2"],
      30,
      ["updated"],
    ],
  ])("%s", async (_, refund, ids, remains, refunds) => {
    const door = new Door(SENDER);
    await sendPost(door, SALE, "msg_sale", 0);
    for (const [times, id] of ids.entries()) await sendPost(door, refund, id, 60 - times * 30);
    expect(booked(door)).toEqual({ remains, refunds });
  });
});
