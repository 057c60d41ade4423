/** What a deploy learns is written into wrangler.toml in place: everything else in it stays as it was. */
import { parse } from "smol-toml";
import { expect, test } from "vitest";
import {
  addDomains,
  domainOf,
  domainsOf,
  setDomain,
  setInTables,
  setVar,
  withPrefix,
} from "../../scripts/deploy/edit-toml.ts";
import { read } from "../house/files.ts";

const EDGE = { key: "binding", value: "EDGE" };

test.each([
  ['x = [{ binding = "EDGE" }]', 'x = [{ binding = "EDGE", id = "1" }]'],
  ['x = [{binding = "EDGE"}]', 'x = [{binding = "EDGE", id = "1" }]'],
  ['x = [{ binding = "EDGE", id = "0" }]', 'x = [{ binding = "EDGE", id = "1" }]'],
  ['x = [{ id = "0", binding = "EDGE" }]', 'x = [{ id = "1", binding = "EDGE" }]'],
  ['x = [{ preview_id = "9", binding = "EDGE" }]', 'x = [{ preview_id = "9", binding = "EDGE", id = "1" }]'],
  [
    'x = [{ binding = "OTHER" }, { binding = "EDGE" }] # why',
    'x = [{ binding = "OTHER" }, { binding = "EDGE", id = "1" }] # why',
  ],
])("%s becomes %s", (before, after) => {
  expect(setInTables(before, EDGE, "id", "1")).toBe(after);
  expect(setInTables(after, EDGE, "id", "1")).toBe(after);
});

test("a value is written as it is, whatever it holds", () => {
  expect(setInTables('x = [{ binding = "EDGE", id = "0" }]', EDGE, "id", "$&")).toBe(
    'x = [{ binding = "EDGE", id = "$&" }]',
  );
});

test("a table that is not there is a failure, not a silence", () => {
  expect(() => setInTables("a = 1", EDGE, "id", "1")).toThrow('binding = "EDGE"');
  expect(() => setDomain("a = 1", "click", "go.example.com")).toThrow("[env.click]");
});

test("a domain is set once and can be changed", () => {
  const text = '[env.click]\nmain = "a.ts"\n\n[env.click.vars]\nA = "1"\n\n[env.other]\nmain = "b.ts"\n';
  const first = setDomain(text, "click", "go.example.com");
  expect(domainOf(first, "click")).toBe("go.example.com");
  expect(domainOf(first, "other")).toBeNull();
  const second = setDomain(first, "click", "to.example.com");
  expect(second).toBe(first.replace("go.", "to."));
  expect(setDomain(second, "click", "to.example.com")).toBe(second);
});

test("further domains stand behind the worker's own, once each, and stay when that changes", () => {
  const text = setDomain('[env.click]\nmain = "a.ts"\n\n[env.other]\nmain = "b.ts"\n', "click", "go.example.com");
  const added = addDomains(text, "click", ["trk.example.com", "trk.example.com", "go.example.com"]);
  expect(domainsOf(added, "click")).toEqual(["go.example.com", "trk.example.com"]);
  expect(addDomains(added, "click", ["trk.example.com"])).toBe(added);
  const moved = setDomain(added, "click", "to.example.com");
  expect(domainsOf(moved, "click")).toEqual(["to.example.com", "trk.example.com"]);
  expect(domainOf(moved, "click")).toBe("to.example.com");
  expect(domainsOf(moved, "other")).toEqual([]);
});

test("of the project's own wrangler.toml only the lines that are told change", () => {
  const before = read("wrangler.toml");
  const after = setVar(
    setDomain(setInTables(before, EDGE, "id", "1"), "click", "go.example.com"),
    "CLICK_ORIGIN",
    "https://x",
  );
  const lines = before.split("\n");
  const added = after.split("\n").filter((line) => !lines.includes(line));
  expect(added.every((line) => /EDGE|^routes = |^CLICK_ORIGIN = /.test(line))).toBe(true);
  expect(parse(after)).toMatchObject({
    env: {
      click: {
        kv_namespaces: [{ binding: "EDGE", id: "1" }],
        routes: [{ pattern: "go.example.com", custom_domain: true }],
      },
      postback: { kv_namespaces: [{ binding: "EDGE", id: "1" }] },
      ledger: { kv_namespaces: [{ binding: "EDGE", id: "1" }] },
      console: { kv_namespaces: [{ binding: "EDGE", id: "1" }], vars: { CLICK_ORIGIN: "https://x" } },
    },
  });
});

test("a deployment beside another one shares no name with it, and refers to its own", () => {
  const text = read("wrangler.toml");
  const staging = withPrefix(text, "staging");
  const names = (of: string) =>
    [
      ...JSON.stringify(parse(of)).matchAll(
        /"(?:name|service|script_name|bucket_name|database_name|queue|dead_letter_queue)":"([^"]+)"/g,
      ),
    ]
      .map(([, name = ""]) => name)
      .filter((name) => !/^[A-Z_]+$/.test(name));
  expect(names(text).length).toBeGreaterThan(30);
  expect(names(staging)).toEqual(names(text).map((name) => `staging-${name}`));
  const limits = (of: string) => [...of.matchAll(/^namespace_id = "(\d+)"/gm)].map(([, id]) => id);
  expect(limits(staging).filter((id) => limits(text).includes(id))).toEqual([]);
  // What the code calls things by stays.
  expect(staging.match(/binding = "[A-Z_]+"|class_name = "\w+"/g)).toEqual(
    text.match(/binding = "[A-Z_]+"|class_name = "\w+"/g),
  );
  // A checkout of a deployment has what that one was given.
  const ids = setInTables(
    setInTables(text, EDGE, "id", "1"),
    { key: "database_name", value: "clickback-books" },
    "database_id",
    "2",
  );
  const deployed = addDomains(setDomain(ids, "click", "go.example.com"), "click", ["trk.example.com"]);
  expect(withPrefix(deployed, "staging")).toBe(staging);
  expect(withPrefix(staging, "staging")).toBe(staging);
  expect(() => withPrefix(staging, "other")).toThrow("has the prefix staging");
  expect(() => withPrefix(text, "Not A Name")).toThrow("small letters");
});
