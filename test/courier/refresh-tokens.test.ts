/** Refresh tokens that gave way to new ones: kept over resealing, and for as long as no other one is entered. */

import { exportJWK, generateKeyPair } from "jose";
import { beforeEach, expect, test } from "vitest";
import { readOpeningKeys } from "../../workers/core/sealed-secrets.ts";
import type { CourierKeys } from "../../workers/courier/courier-keys.ts";
import { createOutbox } from "../../workers/courier/outbox.ts";
import { refreshTokens } from "../../workers/courier/platform-access.ts";
import type { DestinationSetUp } from "../../workers/courier/set-up-of-destinations.ts";
import { ObjectStorage } from "../ledger/sqlite-platform.ts";

const NUMBER = 7;
const SET_UP = { settings: { number: NUMBER } } as DestinationSetUp;
let outbox: ObjectStorage;
let keys: Record<string, unknown>;

const tokens = () =>
  refreshTokens(outbox, async () => {
    const opening = await readOpeningKeys(JSON.stringify(keys));
    if (!opening.ok) throw new Error(opening.refusal);
    return { opening: opening.value } as CourierKeys;
  });

async function newKey() {
  const { privateKey } = await generateKeyPair("ECDH-ES", { crv: "X25519", extractable: true });
  return exportJWK(privateKey);
}

beforeEach(async () => {
  outbox = new ObjectStorage();
  createOutbox(outbox);
  keys = { 1: await newKey() };
});

test("the newest one is used over several changes, and not once another one is entered", async () => {
  await tokens().keep(SET_UP, "entered", "second");
  await tokens().keep(SET_UP, "second", "third");
  expect(await tokens().newest(SET_UP, "entered")).toBe("third");
  expect(await tokens().newest(SET_UP, "another")).toBeNull();
  await tokens().keep(SET_UP, "another", "its-second");
  expect(await tokens().newest(SET_UP, "another")).toBe("its-second");
  expect(await tokens().newest(SET_UP, "entered")).toBeNull();
});

test("it outlasts the key that it was sealed under, once it is sealed anew", async () => {
  await tokens().keep(SET_UP, "entered", "second");
  keys = { ...keys, 2: await newKey() };
  await tokens().reseal(NUMBER);
  keys = { 2: keys[2] };
  expect(await tokens().newest(SET_UP, "entered")).toBe("second");
});
