/** Attacks that once moved money, or kept it from whom it belonged to. Affiliate 2, the thief, has link 2 of the same offer; the sale is on link 1, affiliate 1's. */
import type { PostbackContent, PostbackMessage } from "../../schema/messages.ts";
import { DAY_MS, type IssuedClick, START_MS } from "../ledger/world.ts";
import type { Attack } from "./integrity.ts";

interface KnownAttack extends Attack {
  name: string;
  namesClick: boolean;
}

const MINUTE_MS = 60_000;
const FIRST_MS = START_MS + 10 * MINUTE_MS;

/** The adversary's messages are delivered before the sender's, all in one batch. */
const LATER = 101;

type Said = Omit<PostbackContent, "clickId"> & { atMs?: number };

/** Messages one after the other, from these channels; a click by its place in `clicks`. */
function messages(kind: "pixel" | "get", from: number, ...said: [number | null, Said][]) {
  return (clicks: readonly IssuedClick[]): PostbackMessage[] =>
    said.map(([click, { atMs, ...content }], index) => ({
      kind: "postback",
      receipt: `${kind === "pixel" ? 1 : 0}${String(from + index).padStart(25, "0")}`,
      advertiser: 1,
      receivedAtMs: atMs ?? FIRST_MS + (from + index) * MINUTE_MS,
      channel: kind,
      content: { event: "sale", ...content, ...(click === null ? {} : { clickId: clicks[click]?.id ?? "" }) },
    }));
}

const pixel = (from: number, ...said: [number | null, Said][]) => messages("pixel", from, ...said);
const sender = (from: number, ...said: [number | null, Said][]) => messages("get", from, ...said);

const TRUE_CLICK = 0;
const OTHER_TRUE_CLICK = 1;
const THIEFS_CLICK = 2;
const SALE = { txid: "1", amountMicros: 40_000_000 };
const ONE_A_MONTH = '[{"event":"sale","per":"month","limit":1}]';

export function knownAttacks(clicks: readonly IssuedClick[]): KnownAttack[] {
  const attack = (
    name: string,
    adverse: ReturnType<typeof messages>,
    honest: ReturnType<typeof messages>,
    more: Partial<KnownAttack> = {},
  ): KnownAttack => {
    const [before, after] = [adverse(clicks), honest(clicks)];
    const delivery = [...after.map((_, index) => LATER + index), ...before.map((_, index) => index)];
    return { name, adverse: before, honest: after, ...{ delivery, caps: "[]", namesClick: true, ...more } };
  };
  return [
    attack(
      "the thief claims the coming order, which the shop approves by its number alone",
      pixel(0, [THIEFS_CLICK, SALE]),
      sender(5, [null, { ...SALE, status: "approved" }]),
      { namesClick: false },
    ),
    attack(
      "the same after the sale of the true affiliate",
      pixel(0, [THIEFS_CLICK, SALE]),
      sender(1, [TRUE_CLICK, { ...SALE, status: "pending" }], [null, { txid: "1", status: "approved" }]),
      { namesClick: false },
    ),
    attack(
      "the thief claims an order twice, by two clicks",
      pixel(0, [THIEFS_CLICK, SALE], [TRUE_CLICK, SALE]),
      sender(5, [null, { ...SALE, status: "approved" }]),
      { namesClick: false },
    ),
    attack("a claim nobody confirms earns nothing", pixel(0, [THIEFS_CLICK, SALE]), sender(5)),
    attack(
      "claims take the places of a cap",
      pixel(0, [THIEFS_CLICK, { ...SALE, txid: "2" }]),
      sender(5, [TRUE_CLICK, SALE]),
      { caps: ONE_A_MONTH },
    ),
    attack(
      "a sale without a status stays pending behind a claim",
      pixel(0, [TRUE_CLICK, { ...SALE, amountMicros: 900_000_000 }]),
      sender(5, [TRUE_CLICK, SALE]),
    ),
    attack(
      "a claim's words stand where the sender says nothing",
      pixel(0, [TRUE_CLICK, { amountMicros: 900_000_000, coupon: "THIEF", txid: "9" }]),
      sender(5, [TRUE_CLICK, { status: "approved" }]),
    ),
    attack(
      "a claim reopens a click whose window is over",
      pixel(0, [TRUE_CLICK, { ...SALE, atMs: START_MS + 60 * DAY_MS, occurredAtMs: START_MS + DAY_MS }]),
      sender(5, [TRUE_CLICK, { ...SALE, atMs: START_MS + 61 * DAY_MS }]),
    ),
    attack(
      "a claim of the order on another click makes its sale a duplicate",
      pixel(0, [OTHER_TRUE_CLICK, SALE]),
      sender(5, [TRUE_CLICK, SALE], [OTHER_TRUE_CLICK, { ...SALE, txid: "2" }]),
    ),
    attack(
      "a refund that comes before its sale is eaten by a claim",
      pixel(0, [THIEFS_CLICK, SALE]),
      sender(1, [null, { txid: "1", status: "reversed" }], [TRUE_CLICK, { ...SALE, status: "approved" }]),
      { namesClick: false },
    ),
  ];
}
