/** Text in the letters of SEPA. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { isWritable, sepaText } from "../../../workers/core/payments/sepa-text.ts";

test.each([
  ["Müller & Söhne GmbH", "Muller + Sohne GmbH"],
  ["Straße", "Strase"],
  ["Łódź Kraków", "Lodz Krakow"],
  ["Ærø Færøerne", "Aro Faroerne"],
  ["Çağrı Şahin", "Cagri Sahin"],
  ["Ελλάδα Θέμις", "Ellada THemis"],
  ["България ЩИТ", "Balgariya SHTIT"],
  ['a_b@c.d; "e" {f} [g]', "a-b.c.d, 'e' (f) (g)"],
  ["株式会社 ABC", ".... ABC"],
  ["//Acme//Ltd/", "Acme/Ltd"],
  ["two\u00a0\n words", "two words"],
  ["ﬁrst", "first"],
])("%s", (text, written) => {
  expect(sepaText(text)).toBe(written);
});

test("whatever is written, banks pass it on", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (text) => {
      expect(sepaText(text)).toMatch(/^(?:[A-Za-z0-9?:().,'+ /-]*)$/);
      expect(sepaText(text)).not.toMatch(/^\/|\/$|\/\//);
      expect(sepaText(sepaText(text))).toBe(sepaText(text));
    }),
  );
});

test("what has no letter or digit is no name", () => {
  expect(["株式会社", "!!!", "—", "", "Σ"].map(isWritable)).toEqual([false, false, false, false, true]);
});
