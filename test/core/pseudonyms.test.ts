/** Pseudonyms of affiliates and links, golden: what an advertiser once wrote down goes on naming the same one. */
import { expect, test } from "vitest";
import { derivePseudonyms, isPseudonym } from "../../workers/core/pseudonyms.ts";
import { ringOf } from "./keys.ts";

const named = async (keys: Record<number, number>, signing: number, advertiser: number) => {
  const pseudonyms = await derivePseudonyms(await ringOf(keys, signing), advertiser);
  return [pseudonyms("affiliate", 1), pseudonyms("affiliate", 2), pseudonyms("link", 1)];
};

test("are the same for one affiliate at one advertiser, and others at another", async () => {
  expect(await named({ 1: 0x11 }, 1, 1)).toEqual(["affiliate-y8emqbyhvx", "affiliate-0zr544zzsj", "link-bf7026nvh7"]);
  expect(await named({ 1: 0x11 }, 1, 2)).toEqual(["affiliate-0jd9zd71bf", "affiliate-bjp1dhardm", "link-crmx931f17"]);
});

test("stay when a new master key signs, and go with the lowest", async () => {
  const first = await named({ 1: 0x11 }, 1, 1);
  expect(await named({ 1: 0x11, 2: 0x22 }, 2, 1)).toEqual(first);
  expect(await named({ 2: 0x22 }, 2, 1)).not.toEqual(first);
});

test.each([
  ["affiliate-0123456789", true, false],
  ["link-0123456789", false, true],
  ["affiliate-012345678", false, false],
  ["affiliate-012345678i", false, false],
  ["blog", false, false],
])("%s", (name, ofAffiliate, ofLink) => {
  expect([isPseudonym("affiliate", name), isPseudonym("link", name)]).toEqual([ofAffiliate, ofLink]);
});
