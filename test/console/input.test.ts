/** The JSON of a body: what is taken, and what is no text that could be stored. */
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { parameters, readBody, readJson, readQuery } from "../../workers/console/web/input.ts";

const read = (body: BodyInit) =>
  readJson(
    new Request("https://console.example/", { method: "POST", body, headers: { "content-type": "application/json" } }),
  );

describe("a body", () => {
  test.each<[string, unknown]>([
    ['{"name":"x"}', { name: "x" }],
    ['{"name":"\\ud83d\\udca9 💩"}', { name: "💩 💩" }],
    ['{"name":"\\u0000"}', { name: "\0" }],
    ['["a",1,null,{"__proto__x":true}]', ["a", 1, null, { __proto__x: true }]],
  ])("%s is taken", async (body, value) => {
    expect(await read(body)).toEqual({ ok: true, value });
  });

  test.each<[string, BodyInit]>([
    ["the first half of a character", '{"slug":"x1","name":"\\ud800"}'],
    ["the second half of a character", '{"name":"a\\udca9b"}'],
    ["both halves in the wrong order", '{"name":"\\udca9\\ud83d"}'],
    ["half a character deep inside", '{"mapping":{"names":{"x":["\\ud800"]}}}'],
    ["half a character in a name", '{"mapping":{"names":{"\\ud800":"txid"}}}'],
    ["no JSON", "{"],
    ["JSON nested without end", "[".repeat(500_000) + "]".repeat(500_000)],
    ["bytes that are not UTF-8", Uint8Array.from([0x22, 0xff, 0x22])],
  ])("with %s is refused", async (_, body) => {
    expect(await read(body)).toMatchObject({ ok: false, refusal: { name: "malformed_request" } });
  });
});

describe("a name that all objects have", () => {
  const words = v.strictObject({ names: v.exactOptional(v.record(v.string(), v.string())) });
  test.each(["__proto__", "prototype", "constructor"])(
    "%s is refused, where the schemas would pass it over",
    (name) => {
      const named = (place: string) => JSON.parse(place.replace("NAME", name));
      expect(readBody(words, named('{"NAME":"x"}'))).toMatchObject({
        ok: false,
        refusal: { errors: [{ pointer: `#/${name}` }] },
      });
      expect(readBody(words, named('{"names":{"NAME":"txid"}}'))).toMatchObject({
        ok: false,
        refusal: { errors: [{ pointer: `#/names/${name}` }] },
      });
      expect(readQuery(parameters({}), new URLSearchParams({ [name]: "x" })).ok).toBe(false);
    },
  );
});
