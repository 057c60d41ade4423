/** Forms as JSON: what each kind of field comes to, what is left out, and what no name of a field can do. */
import { expect, test } from "vitest";
import {
  changeGroups,
  faultsAt,
  formFaults,
  groupAsked,
  pickedTime,
  priceAt,
  readForm,
} from "../../workers/console/shell/form-values.ts";
import { invalid } from "../../workers/console/web/problem.ts";

const read = (query: string) => readForm(new URLSearchParams(query));

test.each([
  ["name=Acme+", { name: "Acme" }],
  ["name=", {}],
  ["name:required=+", { name: "" }],
  ["fallback_url:nullable=", { fallback_url: null }],
  ["window_days:number=30", { window_days: 30 }],
  ["window_days:number=thirty", { window_days: "thirty" }],
  ["window_days:number=", {}],
  ["window_days:nullable-number=", { window_days: null }],
  ["starts_at:time=", { starts_at: null }],
  ["starts_at:time=2026-11-23T08:05", { starts_at: "2026-11-23T08:05:00Z" }],
  ["starts_at:time=2026-11-23T08:05:07.25", { starts_at: "2026-11-23T08:05:07.25Z" }],
  ["starts_at:time=2026-11-23T08:05:00%2B01:00", { starts_at: "2026-11-23T08:05:00+01:00" }],
  ["starts_at:time=tomorrow", { starts_at: "tomorrow" }],
  ["pixel:flag=false", { pixel: false }],
  ["pixel:flag=false&pixel:flag=true", { pixel: true }],
  ["rules/0/block:yes=", {}],
  ["rules/0/block:yes=true", { rules: [{ block: true }] }],
  [
    "allowed_ips:lines=10.0.0.1%0D%0A%0D%0A+2001:db8::/32,10.0.0.2",
    { allowed_ips: ["10.0.0.1", "2001:db8::/32", "10.0.0.2"] },
  ],
  ["allowed_ips:lines=", { allowed_ips: [] }],
  ["rules:list=", { rules: [] }],
  ["rules:list=&rules/0/countries:some=DE,AT", { rules: [{ countries: ["DE", "AT"] }] }],
  ["mapping/names:words=a=b%0Ac+=+d=e", { mapping: { names: { a: "b", c: "d=e" } } }],
  ["events/0/payout:rule=percent&events/0/payout:sum=10", { events: [{ payout: { percent: "10" } }] }],
  ["events/0/payout:rule=flat&events/0/payout:sum=", { events: [{ payout: { flat: "" } }] }],
  ["events/0/revenue:rule=posted&events/0/revenue:sum=", { events: [{ revenue: "posted" }] }],
  ["events/0/payout:rule=&events/0/payout:sum=", {}],
  ["mapping/names:words=a=b%0Aa=c", { mapping: { names: "a=b\na=c" } }],
  ["window_days:required-number=", { window_days: "" }],
  ["events/7/name=b&events/2/name=a", { events: [{ name: "a" }, { name: "b" }] }],
  [
    "events/0/overrides:list=&events/0/overrides/0/affiliate=blog",
    { events: [{ overrides: [{ affiliate: "blog" }] }] },
  ],
  ["events/99999/name=far", { events: { 99999: { name: "far" } } }],
  ["name:unknown=x", {}],
])("%s", (query, expected) => {
  expect(read(query)).toEqual(expected);
});

test.each([
  ["2026-11-23T08:05:00.000Z", "2026-11-23T08:05:00"],
  ["2026-11-23T08:05:00.250Z", "2026-11-23T08:05:00.250"],
  ["2026-11-23", "2026-11-23T00:00:00"],
  ["2026-11-23T08:05:00+01:00", null],
  ["tomorrow", null],
])("a picker shows %s as %s", (said, picked) => {
  expect(pickedTime(said)).toBe(picked);
});

test.each([
  ["events/0/payout:rule=&events/0/payout:sum=3", "#/events/0/payout", /choose a percentage or a sum/],
  ["events/0/revenue:rule=posted&events/0/revenue:sum=3", "#/events/0/revenue", /Each postback says the amount/],
  ["mapping/names:words=a=b%0Ac=d%0A+a+=e", "#/mapping/names", /“a” stands here twice/],
])("%s says what no value holds", (query, pointer, detail) => {
  expect(formFaults(new URLSearchParams(query))).toEqual([{ pointer, detail: expect.stringMatching(detail) }]);
});

test.each([
  ["rule=&p:sum=3", "", "3"],
  ["rule=posted&p:sum=3", "posted", "3"],
  ["rule=posted&p:sum=", "posted", ""],
  ["rule=flat&p:sum=3", "flat", "3"],
  ["rule=percent&p:sum=ten", "percent", "ten"],
  ["rule=&p:sum=", "", ""],
])("p:%s is shown again as it was written", (query, choice, sum) => {
  expect(priceAt(read(`p:${query}`), "p")).toEqual({ choice, sum });
});

test("no name of a field reaches what all objects share", () => {
  const made = read("__proto__/polluted=yes&constructor/prototype/polluted=yes");
  expect(Object.hasOwn({}, "polluted") || "polluted" in {}).toBe(false);
  expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
  expect(() => changeGroups({}, { add: "__proto__/x" })).not.toThrow();
  expect("x" in {}).toBe(false);
});

test("a group is added at the end, or taken out of the middle", () => {
  const values = { events: [{ name: "a" }, { name: "b" }] };
  expect(groupAsked(new URLSearchParams(":add=events"))).toEqual({ add: "events" });
  expect(changeGroups(values, { add: "events" })).toEqual({ events: [{ name: "a" }, { name: "b" }, {}] });
  expect(changeGroups(values, { add: "rules" })).toEqual({ ...values, rules: [{}] });
  expect(changeGroups(values, { add: "events/1/overrides" })).toEqual({
    events: [{ name: "a" }, { name: "b", overrides: [{}] }],
  });
  expect(changeGroups(values, { drop: "events/0" })).toEqual({ events: [{ name: "b" }] });
  expect(changeGroups(values, { drop: "nowhere/0" })).toEqual(values);
});

test("a fault stands beside its field, and beside the field that holds it", () => {
  const form = { values: {}, problem: invalid("#/events/0/payout/flat", "Write a number.") };
  expect(faultsAt(form, "events/0/payout")).toEqual(["Write a number."]);
  expect(faultsAt(form, "events/0/payout/flat")).toEqual(["Write a number."]);
  expect(faultsAt(form, "events", false)).toEqual([]);
  expect(faultsAt(form, "events/0/pay")).toEqual([]);
});

test("a fault is said once, and of a line in a list with the line", () => {
  const faults = [
    { pointer: "#/window_days", detail: "Write a whole number." },
    { pointer: "#/window_days", detail: "Write a whole number." },
    { pointer: "#/allowed_ips/1", detail: "Write an address." },
  ];
  const values = { window_days: 0.5, allowed_ips: ["10.0.0.1", "elsewhere"] };
  const form = { values, problem: { name: "invalid_input", detail: "", errors: faults } } as const;
  expect(faultsAt(form, "window_days")).toEqual(["Write a whole number."]);
  expect(faultsAt(form, "allowed_ips")).toEqual(["elsewhere: Write an address."]);
});
