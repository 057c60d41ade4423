/**
 * Words: one has one meaning, in the glossary of CONTRIBUTING, in the names of types and in those of files; words that gave way to better ones do not come
 * back. And what must stand in no file: where packages are fetched from is the machine's own setting, and stays its own.
 */
import { expect, test } from "vitest";
import { filesUnder, read } from "./files.ts";
import { importsIn, importsOf, sourceOf, sources } from "./imports.ts";

/** Put together here, so that this file does not hold it either. */
const REGISTRY = ["registry", "npmjs", "org"].join(".");

/** Each worker has its own, which nobody else imports. */
const TYPES_OF_WORKERS = ["Env"];

/** What every worker has, at its root. */
const PARTS_OF_WORKERS = ["index", "env", "handler"];
/** What a room of the console is made of, from its table to its page; the shell has what pages, forms and tables are made of. */
const LAYERS = ["api", "fields", "store", "list", "log", "page", "form", "table", "chart", "details"];

/** Words that are not used any more, and what is said instead. */
const RETIRED: [RegExp, string][] = [
  [/shelf/i, "books index"],
  [/\bdesk(?:s|\b)/i, "open books"],
  [/held-?(?:form|books|caps|message)/i, "object-format, object-storage, object-caps, StoredMessage"],
  [/\bisQueued\b/, "trySend"],
  [/settled?-?share/i, "decideShare, DecidedShare"],
  [/\bClickPlace\b/, "AttributedClick"],
  [/\b(?:find|reading)Visitor\b/, "a visitor follows links; who signed in to the console is a User"],
  [
    /statement-?file|statement-?line-?reader|\bstatementReader\b|\bStatementLine\b/i,
    "sent-list, sentLineReader, SentLine: a statement is what is due, closed",
  ],
  [/\bMOST_CLOSINGS\b|ledger\/closing\.ts/, "MOST_STEPS, closed-time: a closing is one of statements"],
  [/\bFactRow\b/, "CountedGroup: a fact rides along on a conversion"],
];
const OWN = "test/house/words.test.ts";

const DECLARED = /^(?<exported>export )?(?:declare |abstract )*(?:type|interface|class) (?<name>\w+)\b/gm;

/** Types that are exported somewhere and declared in several files, each with those files. */
function typesOfSeveralFiles(code: ReadonlyMap<string, string>): Map<string, string[]> {
  const files = new Map<string, string[]>();
  const exported = new Set<string>();
  for (const [file, source] of code)
    for (const { groups } of source.matchAll(DECLARED)) {
      const name = groups?.name ?? "";
      if (groups?.exported !== undefined) exported.add(name);
      files.set(name, [...(files.get(name) ?? []), file]);
    }
  const recurs = (name: string, own: readonly string[]) => own.length > 1 && !TYPES_OF_WORKERS.includes(name);
  return new Map([...files].filter(([name, own]) => exported.has(name) && recurs(name, own)));
}

function codeOf(...folders: string[]): Map<string, string> {
  return new Map(folders.flatMap(sources).map((file) => [file, sourceOf(file)]));
}

function nameOf(file: string): string {
  return /(?<name>[^/]+)\.tsx?$/.exec(file)?.groups?.name ?? file;
}

/** Names that several files bear by no rule. */
function namesOfSeveralFiles(files: readonly string[], importedBy: (file: string) => readonly string[]): string[][] {
  const isPart = (file: string) =>
    PARTS_OF_WORKERS.some((part) => new RegExp(`^workers/\\w+/${part}\\.ts$`).test(file));
  const isLayer = (file: string) => file.startsWith("workers/console/") && LAYERS.includes(nameOf(file));
  /** It brings the file of core that has its name to its worker. */
  const brings = (file: string) =>
    importedBy(file).some((target) => target.startsWith("workers/core/") && nameOf(target) === nameOf(file));
  const named = new Map<string, string[]>();
  for (const file of files.filter((one) => !isPart(one) && !brings(one)))
    named.set(nameOf(file), [...(named.get(nameOf(file)) ?? []), file]);
  return [...named.values()].filter((own) => own.length > 1 && !own.every(isLayer));
}

const importedBy = (file: string) => importsOf(file).map(({ target }) => target);

/** The rows of the glossary: word, meaning, file and what is declared there. */
function glossary(): string[][] {
  const table = /^## Words\n(?<section>[\s\S]*?)\n## /m.exec(read("CONTRIBUTING.md"))?.groups?.section ?? "";
  return table
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| word ") && !line.startsWith("| --- "))
    .map((line) => /^\| (.+?) \| (.+) \| `(.+?)` `(\w+)` \|$/.exec(line)?.slice(1) ?? [line]);
}

test("the name of an exported type is declared in one file", () => {
  expect(Object.fromEntries(typesOfSeveralFiles(codeOf("workers", "schema")))).toEqual({});
});

test.each(["export interface Outcome {", "interface Outcome {", "type Outcome = string;"])(
  "a second one is found: %s",
  (again) => {
    const code = codeOf("workers", "schema").set("workers/postback/again.ts", again);
    expect([...typesOfSeveralFiles(code)]).toEqual([
      ["Outcome", ["workers/core/books/outcome.ts", "workers/postback/again.ts"]],
    ]);
  },
);

test("a file's name is borne once, but for parts of workers, layers of rooms, and what brings a file of core", () => {
  expect(namesOfSeveralFiles([...sources("workers"), ...sources("schema")], importedBy)).toEqual([]);
});

test("a second file of a name is found", () => {
  const files = sources("workers");
  const found = (file: string, source: string) =>
    namesOfSeveralFiles([...files, file], (one) =>
      one === file ? importsIn(file, source).map(({ target }) => target) : importedBy(one),
    );
  expect(found("workers/ledger/receipt.ts", "")).toEqual([["workers/core/receipt.ts", "workers/ledger/receipt.ts"]]);
  expect(found("workers/ledger/receipt.ts", 'import { writeReceipt } from "../core/receipt.ts";')).toEqual([]);
  expect(found("workers/core/store.ts", "")).toHaveLength(1);
  expect(found("workers/console/alerts/store.ts", "")).toEqual([]);
});

test("the glossary has each word once, with one sentence", () => {
  const rows = glossary();
  expect(rows.length).toBeGreaterThan(30);
  const words = rows.flatMap(([word = ""]) => word.split(", "));
  expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
  expect(rows.filter(([, meaning = ""]) => !/^[A-Z][^.]*\.$/.test(meaning))).toEqual([]);
});

test.each(glossary())("%s stands where the glossary says", (_word, _meaning, file = "", name = "") => {
  expect(filesUnder()).toContain(file);
  expect(sourceOf(file)).toMatch(
    new RegExp(`^export (?:async )?(?:type|interface|class|function|const) ${name}\\b`, "m"),
  );
});

test.each(RETIRED)("%s is not said any more", (retired) => {
  const files = ["workers", "schema", "scripts", "test", "bench", "docs"].flatMap(filesUnder);
  const isText = (file: string) => /\.(?:tsx?|js|css|sql|md|toml)$/.test(file);
  const saying = files.filter((file) => retired.test(file) || (isText(file) && retired.test(read(file))));
  expect(saying.filter((file) => file !== OWN)).toEqual([]);
});

test("no file holds the address of a package registry", () => {
  expect(filesUnder().filter((file) => read(file).includes(REGISTRY))).toEqual([]);
});

test("the lockfile names packages by version and hash, not by address", () => {
  expect(read("package-lock.json")).not.toMatch(/"resolved":/);
  expect(read("package-lock.json")).toMatch(/"integrity":/);
});
