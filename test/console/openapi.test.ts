/** The OpenAPI document: every call, with the schemas that validate it. Whether answers keep to it is looked at by every test that calls the API. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { calls } from "../../workers/console/calls.ts";
import { type Console, startConsole } from "./console.ts";
import { undocumented } from "./documented.ts";

let api: Console;
let document: Record<string, Record<string, never>>;
beforeAll(async () => {
  api = await startConsole();
  document = Object((await api.call("GET", "/api/openapi.json", undefined, null)).json);
});
afterAll(() => api.stop());

const operation = (path: string, method: string) => Object(Object(document.paths)[path])[method];
/** What is the console's: other workers' paths say where they are. */
const operations = () =>
  Object.values(Object(document.paths))
    .filter((path) => !("servers" in Object(path)))
    .flatMap((path) => Object.values(Object(path)));
const named = (schema: { $ref?: string }) =>
  Object(Object(document.components).schemas)[schema.$ref?.split("/").at(-1) ?? ""];

test("tells of every call, once, under a name of its own", () => {
  expect(document).toMatchObject({ openapi: "3.1.0", info: { title: "Clickback" } });
  expect(operations()).toHaveLength(calls.length);
  const names = operations().map((one) => Object(one).operationId);
  expect(new Set(names).size).toBe(names.length);
  for (const one of operations())
    expect(one).toMatchObject({ summary: expect.stringMatching(/.{8}/), responses: { 401: {}, 403: {}, 500: {} } });
});

test("names path and query parameters, and whether they must be there", () => {
  expect(operation("/api/advertisers/{slug}/credentials", "get").parameters).toEqual([
    { name: "slug", in: "path", required: true, schema: { type: "string" } },
  ]);
  const names = operation("/api/exports/conversions.csv", "get").parameters.map(({ name }: { name: string }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      "from",
      "to",
      "clock",
      "after",
      "advertiser",
      "affiliate",
      "offer",
      "link",
      "event",
      "status",
      "test",
    ]),
  );
  expect(names).not.toContain("reason");
});

test("an unknown word in a filter is refused with those that there are, and never an empty list", async () => {
  /** What senders and operators write, of which any may be. */
  const open = [
    "event",
    "click_id",
    "txid",
    "conversion_id",
    "cursor",
    "after",
    "code",
    "subject",
    "actor",
    "token",
    "address",
    "source",
    "host",
    "group_by",
    "next_event",
    // Operators' own words, and of which thing a note is.
    "tags",
    "subject",
    // What a click or a shop said, in any word.
    ...["coupon", "country", "device", "os", "browser", "referrer"],
    ...Array.from({ length: 10 }, (_, index) => `sub${index + 1}`),
  ];
  let asked = 0;
  for (const [path, { get }] of Object.entries(Object(document.paths))
    .map(([path, one]) => [path, Object(one)] as const)
    .filter(([, one]) => !("servers" in one)))
    for (const { name, in: place, required } of get?.parameters ?? []) {
      const others = (get.parameters ?? []).some(
        (one: { in: string; required?: boolean }) => one.in === "path" || one.required,
      );
      if (place !== "query" || required || others || path === "/api/personal" || open.includes(name)) continue;
      const answer = await api.call("GET", `${path}?${name}=aproved`);
      expect([path, name, answer.status, Object(answer.json).errors?.[0]?.parameter]).toEqual([
        path,
        name,
        answer.status === 404 ? 404 : 400,
        answer.status === 404 ? undefined : name,
      ]);
      asked += 1;
    }
  expect(asked).toBeGreaterThan(100);
  const wrong = await api.call("GET", "/api/conversions?status=aproved");
  expect(Object(wrong.json).detail).toContain('"pending", "approved"');
});

test("has the schema that validates: required fields, no others, and their forms", () => {
  const { schema } = operation("/api/affiliates", "post").requestBody.content["application/json"];
  expect(named(schema)).toMatchObject({
    type: "object",
    required: ["slug", "name"],
    additionalProperties: false,
    properties: {
      slug: { type: "string", pattern: "^[a-z0-9][a-z0-9_-]{0,62}$" },
      status: { enum: ["active", "paused", "ended", "review"] },
    },
  });
  const offer = named(operation("/api/offers", "post").requestBody.content["application/json"].schema);
  expect(offer.properties.events.items.properties.payout.anyOf[0]).toMatchObject({
    properties: { flat: { type: "string" } },
  });
});

test("is plain JSON without loose ends", () => {
  const text = JSON.stringify(document);
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
    expect(Object(document.components).schemas).toHaveProperty(String(name));
  expect(text).not.toContain("$schema");
});

test("the check of answers finds what is not documented", () => {
  const unsaid = { legal_name: null, contact: null, vat_number: null, payment_method: null, payment_note: null };
  const paying = {
    ...unsaid,
    payment_currency: null,
    minimum_payout: "0.00",
    bank_details: null,
    bank_changed_at: null,
  };
  const named = { slug: "a", name: "A", status: "active", test: false, created_at: "", updated_at: "" };
  const affiliate = { ...named, ...paying };
  expect(undocumented("GET", "/api/affiliates/a", 200, affiliate)).toEqual([]);
  expect(undocumented("GET", "/api/affiliates/a", 200, { ...affiliate, secret: 1 })).toEqual([
    "/api/affiliates/:slug.secret is not documented",
  ]);
  expect(undocumented("GET", "/api/affiliates/a", 200, { ...affiliate, test: "no" })).toHaveLength(1);
  expect(undocumented("GET", "/api/affiliates", 200, { items: [{ ...affiliate, extra: 1 }], next: null })).toHaveLength(
    1,
  );
  expect(undocumented("GET", "/api/affiliates/a", 201, affiliate)).toHaveLength(1);
});
