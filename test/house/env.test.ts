/** A worker's `Env`, in its env.ts, names exactly what its section of wrangler.toml grants. */
import { parse } from "smol-toml";
import { expect, test } from "vitest";
import { read } from "./files.ts";

type Table = Record<string, unknown>;

/** Keys of a section that grant nothing. */
const NO_BINDINGS = [
  "name",
  "main",
  "workers_dev",
  "preview_urls",
  "migrations",
  "triggers",
  "routes",
  "route",
  "observability",
  "limits",
  "compatibility_flags",
  "placement",
];
/** Keys of a section whose tables each name one binding, and under which key. */
const BINDINGS: Record<string, string> = {
  kv_namespaces: "binding",
  d1_databases: "binding",
  r2_buckets: "binding",
  services: "binding",
  analytics_engine_datasets: "binding",
  pipelines: "binding",
  ratelimits: "name",
};

const sections = Object.entries(tableOf(tableOf(parse(read("wrangler.toml"))).env));

test("wrangler.toml has sections", () => {
  expect(sections.map(([name]) => name)).toEqual(
    expect.arrayContaining(["click", "postback", "ledger", "courier", "console"]),
  );
});

test.each(sections)("%s: Env names its bindings, vars and secrets", (worker, section) => {
  expect(envNames(read(`workers/${worker}/env.ts`)).sort()).toEqual(granted(tableOf(section)).sort());
});

test("no worker stands at the top level, so that a deploy without -e fails", () => {
  expect(Object.keys(tableOf(parse(read("wrangler.toml")))).sort()).toEqual([
    "compatibility_date",
    "env",
    "keep_names",
    "observability",
  ]);
});

test("a KV namespace, database or bucket that two workers share has one name or id in both", () => {
  const shared = new Map<string, Set<string>>();
  for (const [, section] of sections)
    for (const kind of ["kv_namespaces", "d1_databases", "r2_buckets"])
      for (const { binding, ...rest } of tablesOf(tableOf(section)[kind]))
        shared.set(`${kind} ${binding}`, (shared.get(`${kind} ${binding}`) ?? new Set()).add(JSON.stringify(rest)));
  expect([...shared].filter(([, forms]) => forms.size > 1)).toEqual([]);
});

function granted(section: Table): string[] {
  return Object.entries(section).flatMap(([key, value]) => {
    if (NO_BINDINGS.includes(key)) return [];
    if (key === "vars") return Object.keys(tableOf(value));
    if (key === "secrets") return namesIn(tableOf(value).required);
    if (key === "queues") return tablesOf(tableOf(value).producers).map(({ binding }) => String(binding));
    if (key === "durable_objects") return tablesOf(tableOf(value).bindings).map(({ name }) => String(name));
    const nameKey = BINDINGS[key];
    if (!nameKey) throw new Error(`this test does not know what ${key} in wrangler.toml grants: teach it`);
    return tablesOf(value).map((table) => String(table[nameKey]));
  });
}

/** The property names of `export interface Env { … }`, whose members have no members of their own. */
function envNames(source: string): string[] {
  const body = /^export interface Env \{\n(?<body>[\s\S]*?)^\}/m.exec(source)?.groups?.body;
  if (body === undefined) throw new Error("there is no `export interface Env`");
  return [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name ?? "");
}

function tableOf(value: unknown): Table {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function tablesOf(value: unknown): Table[] {
  return Array.isArray(value) ? value.map(tableOf) : [];
}

function namesIn(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
