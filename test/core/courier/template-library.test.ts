/** Ready templates: each can be read, asks for what it lacks, tells the click, and sends no secret in the clear. */
import { expect, test } from "vitest";
import { readReceiverAddress } from "../../../workers/core/courier/receiver-address.ts";
import { writeRequest } from "../../../workers/core/courier/request-writer.ts";
import { TEMPLATE_LIBRARY, templateFrom } from "../../../workers/core/courier/template-library.ts";
import { readTemplate } from "../../../workers/core/courier/template-reader.ts";
import { translateTemplate } from "../../../workers/core/courier/template-translation.ts";
import { delivery } from "./notices.ts";

const AFFILIATE = { type: "affiliate", number: 5 } as const;

function valuesOf({ fields }: (typeof TEMPLATE_LIBRARY)[number]): Record<string, string> {
  return Object.fromEntries(
    fields.filter(({ secret }) => !secret).map(({ name }) => [name, name === "host" ? "t.example.com" : "x 1"]),
  );
}

test("there are at least forty, each under one name", () => {
  expect(TEMPLATE_LIBRARY.length).toBeGreaterThanOrEqual(40);
  expect(new Set(TEMPLATE_LIBRARY.map(({ name }) => name)).size).toBe(TEMPLATE_LIBRARY.length);
});

test.each(TEMPLATE_LIBRARY.map((entry) => [entry.name, entry] as const))("%s", (_name, entry) => {
  const places = [...entry.url.matchAll(/<([a-z]+)>/g)].map(([, name]) => name);
  expect([...places].sort()).toEqual(entry.fields.map(({ name }) => name).sort());
  expect(
    entry.fields.length === 0 || Object.keys(valuesOf(entry)).length === 0 || templateFrom(entry, {}) === null,
  ).toBe(true);
  const template = templateFrom(entry, valuesOf(entry));
  if (!template) throw new Error("it lacks a value");
  // It is ours already: nothing in it is translated, asked or unknown.
  expect(translateTemplate(template, { owner: "affiliate", answers: {} })).toEqual({
    template,
    translated: [],
    questions: [],
    unknown: [],
  });
  const read = readTemplate(template, { kind: "postback", owner: AFFILIATE });
  if (!read.ok) throw new Error(JSON.stringify(read.refusal));
  expect(readReceiverAddress(read.value.origin, { http: true, ownHosts: [] }).ok).toBe(true);
  expect([...read.value.needs]).toContain("external_id");
  const secrets = Object.fromEntries([...read.value.secrets].map((name) => [name, "s3cret"]));
  expect([...read.value.secrets].sort()).toEqual(
    entry.fields.flatMap(({ name, secret }) => (secret ? name : [])).sort(),
  );
  const request = writeRequest(read.value, delivery(), secrets);
  if (!request.ok) throw new Error(request.refusal);
  expect(request.value.url).toContain(encodeURIComponent("IwAR/x+y="));
  expect(request.value.url).not.toMatch(/[<>{}]/);
  expect(request.value.shown.url).not.toContain("s3cret");
  // Who hears of refunds has a word for them.
  if (entry.hearsRefunds) expect(entry.url).toContain("{status");
});

test("a host is a name, and no more", () => {
  const voluum = TEMPLATE_LIBRARY.find(({ name }) => name === "Voluum");
  if (!voluum) throw new Error("there is no Voluum");
  for (const host of [
    "",
    "localhost",
    "a.example.com/x",
    "a.example.com?x",
    "u@a.example.com",
    "{sub1}.example.com",
    "a.example.com:8080",
  ])
    expect(templateFrom(voluum, { host }), host).toBeNull();
  expect(templateFrom(voluum, { host: "a.example.com" })?.url).toMatch(/^https:\/\/a\.example\.com\/postback\?cid=/);
});

test("what an account says stays in its place", () => {
  const taboola = TEMPLATE_LIBRARY.find(({ name }) => name === "Taboola");
  if (!taboola) throw new Error("there is no Taboola");
  expect(templateFrom(taboola, { event: "a&b={payout}" })?.url).toContain("name=a%26b%3D%7Bpayout%7D&");
});
