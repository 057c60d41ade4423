/**
 * The rule of layers: a worker imports its own folder, core and schema. Core imports core, and schema by `import type`.
 * Schema imports drizzle. Nobody imports a worker. No two files import each other in a circle. Core is told the time,
 * the randomness and the keys; it never asks.
 */
import { expect, test } from "vitest";
import { filesUnder, read } from "./files.ts";
import { circlesAmong, type Import, importsIn, importsOf, reachedFrom, sourceOf, sources } from "./imports.ts";

/** Packages that core may use: pure functions of their arguments, but for what `ASKING` names. */
const PURE_PACKAGES = [
  "ibantools",
  "ipaddr.js",
  "tldts",
  "jose",
  "valibot",
  "@valibot/to-json-schema",
  "hyparquet",
  "hyparquet-writer",
  "node:crypto",
  "node:zlib",
  "csv-parse/stream",
  "csv-parse/sync",
];
const WORKERS = ["click", "postback", "ledger", "courier", "console"];
const CONSOLE = "workers/console";
/** The console's floors from the ground up: each imports itself and those below. The empty one is that of the rooms, which may use each other. */
const FLOORS = [["env.ts"], ["web"], ["tables", "shell", "click-log"], [], ["calls.ts"], ["routes.tsx"], ["index.ts"]];
const ROOMS = FLOORS.findIndex((parts) => parts.length === 0);
/** Ways to ask for the time, for randomness or for the world. `new Date(milliseconds)` only rewrites what it is told. */
const ASKING = [
  /\bDate\.now\(/,
  /\bnew Date\(\)/,
  /\bperformance\./,
  /\bMath\.random\(/,
  /\b(?:getRandomValues|random(?:Bytes|Int|UUID|Fill|FillSync)|generate(?:Key|KeyPair|Prime)(?:Sync)?)\b/,
  /\bfetch\(/,
  /\bprocess\./,
  // A clock that was told sets timers too; the world's own does not.
  /(?<!\bclock\.)\bsetTimeout\(/,
  /\bconsole\.\w+\(/,
];

const isIn = (target: string, folder: string) => target.startsWith(`${folder}/`);
const isOurs = (target: string) => /^(?:workers|schema|scripts|bench|test)\//.test(target);
const ours = (imports: readonly Import[]) => imports.map(({ target }) => target).filter(isOurs);
const said = ({ file, target }: Import) => `${file} imports ${target}`;

/** The room of the console in which a file lies, or the file itself where it stands beside the rooms. */
function partOf(file: string): string {
  return file.split("/")[2] ?? "";
}

function floorOf(part: string): number {
  const floor = FLOORS.findIndex((parts) => parts.includes(part));
  return floor === -1 ? ROOMS : floor;
}

function strays(folder: string, allowed: (found: Import) => boolean): string[] {
  return sources(folder)
    .flatMap(importsOf)
    .filter((found) => !allowed(found))
    .map(said);
}

test("import statements of every form are seen", () => {
  const source = [
    'import type { A } from "../../schema/records.ts";',
    "import {",
    "  type B,",
    "  c,",
    '} from "./c.ts";',
    'export * from "../ledger/index.ts";',
    'import "bare";',
    'const d = await import("../console/d.ts");',
    'const text = "no import from here";',
  ].join("\n");
  expect(importsIn("workers/click/x.ts", source).map(({ target, typeOnly }) => [target, typeOnly])).toEqual([
    ["schema/records.ts", true],
    ["workers/click/c.ts", false],
    ["workers/ledger/index.ts", false],
    ["bare", false],
    ["workers/console/d.ts", false],
  ]);
});

test.each(WORKERS)("the worker %s imports its own folder, core and schema", (worker) => {
  const folders = [`workers/${worker}`, "workers/core", "schema"];
  const allowed = ({ target }: Import) => !isOurs(target) || folders.some((folder) => isIn(target, folder));
  expect(sources(`workers/${worker}`).length).toBeGreaterThan(0);
  expect(strays(`workers/${worker}`, allowed)).toEqual([]);
});

test("there are no workers but these", () => {
  const folders = new Set(filesUnder("workers").map((file) => file.split("/")[1]));
  expect([...folders].sort()).toEqual([...WORKERS, "core"].sort());
});

test("core imports core, and schema by import type", () => {
  const allowed = ({ target, typeOnly }: Import) =>
    isIn(target, "workers/core") || (isIn(target, "schema") && typeOnly) || PURE_PACKAGES.includes(target);
  expect(strays("workers/core", allowed)).toEqual([]);
});

test("core is told the time, the randomness and the world", () => {
  const asking = sources("workers/core").flatMap((file) =>
    ASKING.filter((way) => way.test(withoutComments(sourceOf(file)))).map((way) => `${file} asks: ${way.source}`),
  );
  expect(asking).toEqual([]);
});

test("schema imports drizzle and itself", () => {
  const allowed = ({ target }: Import) => isIn(target, "schema") || /^drizzle-orm(?:\/|$)/.test(target);
  expect(strays("schema", allowed)).toEqual([]);
});

test("click and postback, which have no database, carry no drizzle", () => {
  const atRuntime = (file: string) => ours(importsOf(file).filter(({ typeOnly }) => !typeOnly));
  for (const worker of ["click", "postback"])
    expect([...reachedFrom(`workers/${worker}/index.ts`, atRuntime)]).not.toContain("schema/tables.ts");
});

test("files that import each other are found, circle by circle", () => {
  const next: Record<string, string[]> = {
    a: ["b"],
    b: ["c"],
    c: ["a", "d"],
    d: ["e"],
    e: ["d"],
    f: ["a", "f"],
    g: ["d"],
  };
  expect(circlesAmong(Object.keys(next), (file) => next[file] ?? [])).toEqual([["a", "b", "c"], ["d", "e"], ["f"]]);
});

test("no two files import each other in a circle, be it for a type", () => {
  const files = ["workers", "schema", "scripts", "bench"].flatMap(sources);
  const next = new Map(files.map((file) => [file, ours(importsOf(file))]));
  expect(circlesAmong(files, (file) => next.get(file) ?? [])).toEqual([]);
});

test("within the console, arrows run downwards", () => {
  const allowed = ({ file, target }: Import) => {
    if (!isIn(target, CONSOLE)) return true;
    const [from, to] = [partOf(file), partOf(target)];
    return from === to || floorOf(to) < floorOf(from) || (floorOf(from) === ROOMS && floorOf(to) === ROOMS);
  };
  expect(strays(CONSOLE, allowed)).toEqual([]);
});

test("every floor of the console has what it names, and every part of it stands in CONTRIBUTING", () => {
  const parts = [...new Set(filesUnder(CONSOLE).map(partOf))];
  expect(FLOORS.flat().filter((part) => !parts.includes(part))).toEqual([]);
  const told = read("CONTRIBUTING.md");
  expect(parts.filter((part) => !told.includes(`\`${part}${part.includes(".") ? "" : "/"}\``))).toEqual([]);
});

test("no script imports a worker", () => {
  const allowed = ({ target }: Import) =>
    isIn(target, "workers/core") || !(isIn(target, "workers") || isIn(target, "bench"));
  expect(strays("scripts", allowed)).toEqual([]);
});

/**
 * An entry point of the benchmark is a worker by itself that wraps one of ours, to hand it its work and to count what it does; so it imports that one.
 * Of the scripts that start it, it knows only what both seed.
 */
test("a worker of the benchmark imports core, schema, and one worker, which it wraps", () => {
  const SEEDED = ["scripts/programme/in-sql.ts", "scripts/growth/drawn-clicks.ts"];
  const folders = ["bench", "workers", "schema"];
  const allowed = ({ target }: Import) =>
    !isOurs(target) || SEEDED.includes(target) || folders.some((folder) => isIn(target, folder));
  expect(strays("bench", allowed)).toEqual([]);
  const wrapped = sources("bench").map((file) => {
    const workers = WORKERS.filter((worker) => importsOf(file).some(({ target }) => isIn(target, `workers/${worker}`)));
    return `${file} wraps ${workers.join(" and ")}`;
  });
  expect(wrapped.filter((line) => line.includes(" and "))).toEqual([]);
});

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}
