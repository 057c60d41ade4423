/** Words of events: the mapping's first, then the events' own, then either in any case; never guessed between two. */
import { expect, test } from "vitest";
import { makeDialect } from "../../../workers/core/postback/dialect.ts";
import { eventReader } from "../../../workers/core/table-file/event-words.ts";
import { LAYOUTS } from "../../../workers/core/table-file/table-layouts.ts";

const dialect = makeDialect({ events: { Kauf: "sale", lead: "sale", "sign up": "signup" } });
const read = eventReader({ dialect, events: ["sale", "lead", "sign-up", "Upsell"], layout: null });

test.each([
  ["sale", "sale"],
  ["Sale", "sale"],
  ["KAUF", "sale"],
  ["UPSELL", "Upsell"],
  // The mapping gives it another meaning, as at the door.
  ["lead", "sale"],
  // In another case it could be either.
  ["LEAD", null],
  ["Sign Up", null],
  ["sign up", "signup"],
  ["sign-up", "sign-up"],
  ["Kiosk", null],
  ["", null],
])("%j is %j", (word, event) => {
  expect(read(word)).toBe(event);
});

test("in our own layout a word is the event's name", () => {
  const layout = LAYOUTS.find(({ ours }) => ours) ?? null;
  expect(eventReader({ dialect, events: [], layout })("lead")).toBe("lead");
});
