/** Every call that a document tells, with its method, is one of the API. */
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { calls } from "../../workers/console/calls.ts";
import { read } from "./files.ts";

const DOCUMENTS = [
  "README.md",
  ...readdirSync("docs").flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
];
const TOLD = /\b(GET|POST|PUT|PATCH|DELETE) +(?:\S*\$CONSOLE)?(\/api\/[^\s`?|)";]*)/g;

/** `/api/exports/{conversions,entries}.{csv,ndjson}` means each of them; `{slug}` stays. */
function meant(path: string): string[] {
  const choice = /\{([^{}]*,[^{}]*)\}/.exec(path);
  if (choice === null) return [path];
  return (choice[1] ?? "").split(",").flatMap((one) => meant(path.replace(choice[0], one)));
}

/** An example stands for a parameter of the call, and `{name}` for any part of it. */
function isCall(method: string, path: string): boolean {
  const parts = path.split("/");
  return calls.some((call) => {
    const own = call.path.split("/");
    const fits = (part: string, index: number) =>
      part === parts[index] || part.startsWith(":") || parts[index]?.startsWith("{");
    return call.method === method.toLowerCase() && own.length === parts.length && own.every(fits);
  });
}

test("every call that a document tells is there", () => {
  const told = DOCUMENTS.flatMap((document) =>
    [...read(document).matchAll(TOLD)].flatMap(([, method = "", path = ""]) =>
      meant(path.replace(/[.,:]+$/, "")).map((one) => ({ document, method, path: one })),
    ),
  );
  expect(told.length).toBeGreaterThan(70);
  expect(told.filter(({ method, path }) => !isCall(method, path))).toEqual([]);
  expect(isCall("GET", "/api/statements/{number}/lines.csv")).toBe(false);
});
