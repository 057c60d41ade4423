/** How many wrong tokens a network may bring, and who counts as one. */
import { expect, test } from "vitest";
import { createGuesses, MOST_WRONG, WRONG_FOR_MS } from "../../workers/core/guesses.ts";
import { networkOf } from "../../workers/core/network.ts";

const NOW_MS = Date.UTC(2026, 10, 23, 8);

function wrong(guesses: ReturnType<typeof createGuesses>, network: string, times: number): number {
  let count = 0;
  for (let time = 0; time < times; time++) count = guesses.wrong(network, NOW_MS);
  return count;
}

test("after so many nothing is looked at until a minute after the first", () => {
  const guesses = createGuesses();
  expect(wrong(guesses, "n", MOST_WRONG - 1)).toBe(MOST_WRONG - 1);
  expect(guesses.mayTry("n", "t", NOW_MS)).toBe(true);
  expect(guesses.wrong("n", NOW_MS + 1_000)).toBe(MOST_WRONG);
  expect(guesses.mayTry("n", "t", NOW_MS + WRONG_FOR_MS - 1)).toBe(false);
  expect(guesses.mayTry("n", "t", NOW_MS + WRONG_FOR_MS)).toBe(true);
  expect(guesses.wrong("n", NOW_MS + WRONG_FOR_MS)).toBe(1);
});

test("one network's are not another's, and what was right there before is looked at there alone", () => {
  const guesses = createGuesses();
  guesses.right("n", "t");
  wrong(guesses, "n", MOST_WRONG);
  wrong(guesses, "m", MOST_WRONG);
  expect(["n", "m", "o"].map((network) => guesses.mayTry(network, "t", NOW_MS))).toEqual([true, false, true]);
  expect(guesses.mayTry("n", "u", NOW_MS)).toBe(false);
});

test("a flood from everywhere makes it forget, not grow", () => {
  const guesses = createGuesses();
  wrong(guesses, "first", MOST_WRONG);
  for (let network = 0; network < 10_000; network++) guesses.wrong(`n${network}`, NOW_MS);
  expect(guesses.mayTry("first", "t", NOW_MS)).toBe(true);
});

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"],
  ["2001:0DB8:0001:0002::1", "2001:db8:1:2::"],
  ["", ""],
  ["nobody", "nobody"],
])("%s counts as %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});
