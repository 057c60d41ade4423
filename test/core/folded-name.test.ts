/** Names as they are looked for, and which of them come first. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { foldName, rankName } from "../../workers/core/folded-name.ts";

test.each([
  ["Müller", "Mueller"],
  ["MÜLLER", "muller"],
  ["Mu\u0308ller", "müller"],
  ["Straße 7", "strasse-7"],
  ["Søren & Æther", "soren aether"],
  ["  Shoes__of\tAcme ", "shoes of acme"],
  ["Ｆｕｌｌ", "full"],
  ["Łódź", "lodz"],
])("%s and %s are one name", (one, other) => {
  expect(foldName(one)).toBe(foldName(other));
});

test.each([
  ["Müller", "Miller"],
  ["shoes", "shoe"],
  ["Обувь", "обои"],
])("%s and %s are two", (one, other) => {
  expect(foldName(one)).not.toBe(foldName(other));
});

test.each([
  ["shoes", "shoes", 0],
  ["shoes of acme", "sho", 1],
  ["shoes of acme", "acm", 2],
  ["shoes of acme", "oes me", 3],
  ["shoes of acme", "hats", null],
  ["shoes", "", null],
])("%s, asked for as %s, ranks %s", (folded, asked, rank) => {
  expect(rankName(folded, asked)).toBe(rank);
});

test("the script of the pickers folds as we do", () => {
  const script = readFileSync("workers/console/shell/assets/picker.client.js", "utf8");
  const [rule = ""] = /const PLAIN[\s\S]*?\n}\n/.exec(script) ?? [];
  const theirs: (text: string) => string = new Function(`${rule}; return foldName;`)();
  for (const text of ["Müller & Söhne", "STRASSE ß", "Łódź", "Blue Aether", "Ｆｕｌｌ-Ｗidth", "Søren"])
    expect(theirs(text), text).toBe(foldName(text));
});
