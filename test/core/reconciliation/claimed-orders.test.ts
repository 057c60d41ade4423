/** A shop's list against the pixel's claims, as a table: what each order comes to. */
import { expect, test } from "vitest";
import {
  type ClaimOfOrder,
  judgeOrders,
  type ListedOrder,
} from "../../../workers/core/reconciliation/claimed-orders.ts";
import { statedOrders } from "../../../workers/core/reconciliation/stated-orders.ts";

const order = (changes: Partial<ListedOrder> = {}): ListedOrder => ({
  line: 2,
  txid: "T",
  event: null,
  statusWord: null,
  statuses: null,
  amountMicros: null,
  currencies: null,
  ...changes,
});
let receipts = 0;
const claim = (changes: Partial<ClaimOfOrder> = {}): ClaimOfOrder => ({
  receipt: `r${++receipts}`,
  txid: "T",
  event: "sale",
  clickId: "own",
  state: "open",
  currency: "USD",
  amountMicros: 40_000_000,
  conversionId: null,
  ...changes,
});
const decided = claim({ state: "replaced", conversionId: "c" });

test.each<[string, Partial<ListedOrder>, ClaimOfOrder[], string]>([
  ["one claim", {}, [claim()], "confirms"],
  ["one claim, the same amount", { amountMicros: 40_000_000n }, [claim()], "confirms"],
  ["one claim, another amount", { amountMicros: 41_000_000n }, [claim()], "other_amount"],
  ["an amount where none was claimed", { amountMicros: 41_000_000n }, [claim({ amountMicros: null })], "other_amount"],
  ["one click that claims twice", {}, [claim(), claim({ amountMicros: 1 })], "confirms"],
  ["two clicks", {}, [claim(), claim({ clickId: "other" })], "ambiguous"],
  ["two events", {}, [claim(), claim({ event: "lead" })], "ambiguous"],
  ["two events, of which the list says one", { event: "lead" }, [claim(), claim({ event: "lead" })], "confirms"],
  ["two clicks, one dismissed", {}, [claim(), claim({ clickId: "other", state: "dismissed" })], "confirms"],
  ["an event that nobody claims", { event: "lead" }, [claim()], "unclaimed"],
  ["nobody's", {}, [], "unclaimed"],
  ["the sender spoke", {}, [decided], "decided"],
  ["dismissed", {}, [claim({ state: "dismissed" })], "decided"],
  ["approved by the list", { statusWord: "paid", statuses: ["approved"] }, [claim()], "confirms"],
  ["cancelled by the list", { statusWord: "storno", statuses: ["rejected", "reversed"] }, [claim()], "not_approved"],
  ["pending on the list", { statusWord: "open", statuses: ["pending"] }, [claim()], "not_approved"],
  ["a word that is none of ours", { statusWord: "hmm" }, [claim()], "unknown_status"],
  ["another currency", { currencies: ["EUR"] }, [claim()], "wrong_currency"],
  ["a sign that may be the claim's", { currencies: ["CAD", "USD"] }, [claim()], "confirms"],
  ["below zero", { amountMicros: -1n }, [claim()], "wrong_amount"],
  ["more than there is", { amountMicros: 1_000_000_000_000_001n }, [claim()], "wrong_amount"],
  ["given back whole", { amountMicros: 0n }, [claim()], "wrong_amount"],
  ["nothing, as was claimed", { amountMicros: 0n }, [claim({ amountMicros: null })], "confirms"],
  ["no number", { txid: null }, [claim()], "no_number"],
])("%s", (_, says, claims, result) => {
  expect(judgeOrders([order(says)], claims, 9).map((one) => one.result)).toEqual([result]);
});

test("of many only the first are confirmed at once", () => {
  const orders = ["a", "b", "c", "d"].map((txid) => order({ txid }));
  const claims = ["a", "c", "d"].map((txid) => claim({ txid }));
  expect(judgeOrders(orders, claims, 2).map(({ result }) => result)).toEqual([
    "confirms",
    "unclaimed",
    "confirms",
    "later",
  ]);
});

test("what was decided is told by the claim that a conversion took", () => {
  const [judged] = judgeOrders([order()], [decided, claim({ state: "dismissed" })], 9);
  expect(judged?.claim).toBe(decided);
});

test("lines of an order add up, and one that could not be read takes its order away", () => {
  const line = { clickId: null, statuses: null, statusWord: null, event: null, currencies: null };
  const lines = [
    { line: 2, txid: "a", amountMicros: 1n, ...line },
    { line: 3, txid: "b", amountMicros: 5n, ...line },
    { line: 4, txid: "a", amountMicros: 2n, ...line },
  ];
  const unread = { txids: new Set(["b"]), clickIds: new Set<string>() };
  expect(statedOrders(lines, unread)).toEqual([{ line: 2, txid: "a", amountMicros: 3n, ...line }]);
});
