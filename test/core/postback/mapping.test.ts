/** Mappings, as the API takes them. */
import { describe, expect, it } from "vitest";
import { readMapping } from "../../../workers/core/postback/mapping.ts";
import { PRESETS } from "../../../workers/core/postback/mapping-presets.ts";

describe("a mapping", () => {
  it.each([
    [{}],
    [{ preset: "keitaro" }],
    [{ names: { tid: "txid", oid: "-", x: "meta.x" }, events: { "1": "sale" }, statuses: { ok: "approved" } }],
    [{ names: {} }],
  ])("%j is kept as it is", (input) => {
    expect(readMapping(input)).toEqual({ ok: true, value: input });
  });

  it.each([
    [null, "is an object"],
    [[], "is an object"],
    ["keitaro", "is an object"],
    [{ preset: "nobody" }, "preset is one of voluum, binom, keitaro"],
    [{ preset: 1 }, "preset is one of"],
    [{ parameters: {} }, "no part “parameters”"],
    [{ names: [] }, "names is an object"],
    [{ names: { tid: "order" } }, "names maps “tid” to something"],
    [{ names: { tid: "meta." } }, "names maps “tid” to something"],
    [{ names: { tid: 1 } }, "names maps “tid” to something"],
    [{ names: { "": "txid" } }, "cannot be mapped"],
    [JSON.parse('{"names":{"__proto__":"txid"}}'), "cannot be mapped"],
    [{ names: { ["x".repeat(129)]: "txid" } }, "cannot be mapped"],
    [{ names: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`n${i}`, "txid"])) }, "more than 100"],
    [{ events: { a: "" } }, "events maps “a” to something"],
    [{ statuses: { a: "paid" } }, "statuses maps “a” to something"],
  ])("%j is none: %s", (input, sentence) => {
    const mapping = readMapping(input);
    expect(!mapping.ok && mapping.refusal.why).toContain(sentence);
  });

  it.each<[unknown, string[]]>([
    [null, []],
    [{ preset: "nobody" }, ["preset"]],
    [{ names: { tid: "order" } }, ["names", "tid"]],
    [{ events: { a: "" } }, ["events", "a"]],
    [{ statuses: { ok: "approved", a: "paid" } }, ["statuses", "a"]],
  ])("%j is wrong at %j", (input, place) => {
    expect(readMapping(input)).toMatchObject({ ok: false, refusal: { place } });
  });

  it.each([...PRESETS])("that the preset %s is, could be sent to the API", (_, { names, events, statuses }) => {
    expect(readMapping({ names, events, statuses }).ok).toBe(true);
  });
});
