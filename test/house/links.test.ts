/** docs/links.md, which affiliates read, tells every name that is read from a link and every macro. */
import { expect, test } from "vitest";
import { readClickParameters } from "../../workers/core/click/click-parameters.ts";
import { macroOf } from "../../workers/core/click/macros.ts";
import { SUB_ID_COUNT, subIdNames } from "../../workers/core/click/sub-ids.ts";
import { read } from "./files.ts";

const DOCUMENT = read("docs/links.md");
const [, PARAMETERS = ""] = /\n## Parameters of a link\n([\s\S]*?)\n## /.exec(DOCUMENT) ?? [];
const row = (name: string) => PARAMETERS.split("\n").find((line) => line.startsWith(`| \`${name}\``)) ?? "";
const namesIn = (text: string) => [...text.matchAll(/`([\w]+)`/g)].map(([, name]) => name ?? "");

test("every name of a sub-id that is told is read, and every one that is read is told", () => {
  const [, , , also = ""] = row("sub1").split("|");
  const told = namesIn(also);
  for (const name of told) {
    const number = Number(/\d+$/.exec(name)?.[0] ?? "1");
    expect([name, readClickParameters([[name.replace(/N$/, "1"), "x"]]).subs[number - 1]]).toEqual([name, "x"]);
  }
  const untold = subIdNames(SUB_ID_COUNT).map((name) => name.replace(String(SUB_ID_COUNT), "N"));
  expect(untold.filter((name) => name !== "subN" && !told.includes(name))).toEqual([]);
});

test("every name of an external ID that is told is read", () => {
  const told = namesIn(row("external_id"));
  expect(told.length).toBeGreaterThan(9);
  expect(told.filter((name) => readClickParameters([[name, "x"]]).externalId !== "x")).toEqual([]);
});

test("consent and test are read as told", () => {
  expect(
    readClickParameters([
      ["consent", "0"],
      ["sub1", "x"],
    ]),
  ).toMatchObject({ consent: false, subs: [] });
  expect(
    readClickParameters([
      ["consent", "1"],
      ["test", "1"],
    ]),
  ).toMatchObject({ consent: true, test: true });
  expect([row("consent"), row("test"), row("url")]).not.toContain("");
});

test("every macro that is told exists", () => {
  const told = [...DOCUMENT.matchAll(/^\| `\{.*$/gm)].flatMap(([line]) =>
    [...line.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ""),
  );
  expect(told).toEqual(expect.arrayContaining(["clickId", "subId1", "externalId", "random"]));
  expect(told.filter((name) => macroOf(name) === null)).toEqual([]);
});
