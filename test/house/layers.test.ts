/**
 * The rule of layers: a worker imports its own folder, core and schema. Core imports core, and schema by `import type`.
 * Schema imports drizzle. Nobody imports a worker. Core is told the time, the randomness and the keys; it never asks.
 */
import { expect, test } from "vitest";
import { filesUnder, read, resolveImport } from "./files.ts";

/** Packages that core may use: pure functions of their arguments, but for what `ASKING` names. */
const PURE_PACKAGES = ["ipaddr.js", "hyparquet", "hyparquet-writer", "node:crypto", "node:zlib"];
const WORKERS = ["click", "postback", "ledger", "console"];
const IMPORTS =
  /^(?:import|export)\s(?<names>[^;"]*?)from\s+"(?<from>[^"]+)"|^import\s+"(?<bare>[^"]+)"|\bimport\("(?<called>[^"]+)"\)/gm;
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

/** Programs for senders to copy: text, of which nothing runs here. */
const PROGRAMS_AS_TEXT = "workers/core/signing-recipes.ts";
const TEMPLATE = /`(?:\\[\s\S]|[^`\\])*`/g;

interface Import {
  file: string;
  /** A path relative to the project, or a package. */
  target: string;
  typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  return importsIn(file, sourceOf(file));
}

function importsIn(file: string, source: string): Import[] {
  return [...source.matchAll(IMPORTS)].map(({ groups = {} }) => {
    const target = groups.from ?? groups.bare ?? groups.called ?? "";
    return {
      file,
      target: target.startsWith(".") ? resolveImport(file, target) : target,
      typeOnly: /^type\s/.test(groups.names ?? ""),
    };
  });
}

const sources = (folder: string) => filesUnder(folder).filter((file) => /\.tsx?$/.test(file));
const isIn = (target: string, folder: string) => target.startsWith(`${folder}/`);
const isOurs = (target: string) => /^(?:workers|schema|scripts|test)\//.test(target);
const said = ({ file, target }: Import) => `${file} imports ${target}`;

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
  const reached = (file: string, seen: Set<string>): Set<string> => {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const { target, typeOnly } of importsOf(file)) if (isOurs(target) && !typeOnly) reached(target, seen);
    return seen;
  };
  for (const worker of ["click", "postback"])
    expect([...reached(`workers/${worker}/index.ts`, new Set())]).not.toContain("schema/tables.ts");
});

test("no script imports a worker", () => {
  const allowed = ({ target }: Import) => !isIn(target, "workers") || isIn(target, "workers/core");
  expect(strays("scripts", allowed)).toEqual([]);
});

function sourceOf(file: string): string {
  return file === PROGRAMS_AS_TEXT ? read(file).replace(TEMPLATE, '""') : read(file);
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}
