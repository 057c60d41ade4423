/** Which names are meant by what was mistyped, and which are not. */
import { expect, test } from "vitest";
import { foldName } from "../../workers/core/folded-name.ts";
import { isMistyped } from "../../workers/core/mistyped.ts";

test.each([
  ["Geld & Müller", "müler"],
  ["Geld & Müller", "geld mulller"],
  ["Trail Diary", "trial diary"],
  ["Trail Diary", "traildiary"],
  ["Trail Diary", "trialdiary"],
  ["Gear Compare", "compre"],
  ["Bright Ads", "bright adds"],
  ["Morning Mail", "mroning"],
  ["Campus Perks", "canpus perk"],
  ["Summit Video", "sumit vidoe"],
  ["International", "interantoinal"],
])("%s is meant by %s", (name, asked) => {
  expect(isMistyped(foldName(name), foldName(asked))).toBe(true);
});

test.each([
  ["Trail Diary", "train dairy shop"],
  ["Bright Ads", "abs"],
  ["Loop Media", "nova"],
  ["Film Night", "firm fight nine"],
  ["Summit Video", "smuit vdieo"],
  ["Nova Deals", "steals away"],
])("%s is not meant by %s", (name, asked) => {
  expect(isMistyped(foldName(name), foldName(asked))).toBe(false);
});
