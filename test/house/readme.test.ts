/** What the documents say exists: commands, files, links, versions. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { NOTES, OUTCOME_REASONS, RECEIPT_REASONS, REFUSALS } from "../../workers/core/reasons.ts";
import { filesUnder, ROOT, read } from "./files.ts";

const manifest: { scripts: Record<string, string>; [key: string]: unknown } = JSON.parse(read("package.json"));
const KEPT = filesUnder();
const DOCUMENTS = KEPT.filter((file) => file.endsWith(".md"));
/** A version that is one version. */
const EXACT = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;

/** True for a file of the project, or a folder that has some; not for what only a test run or a build leaves here. */
function isKept(path: string): boolean {
  return KEPT.some((file) => file === path || file.startsWith(`${path}/`));
}

test("there are documents", () => {
  expect(DOCUMENTS).toEqual(expect.arrayContaining(["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/deploy.md"]));
});

test.each(DOCUMENTS)("%s: every command of npm that it names exists", (document) => {
  const named = [...read(document).matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)].map(
    ([, run, own]) => run ?? own,
  );
  expect(named.filter((name) => name !== undefined && !(name in manifest.scripts))).toEqual([]);
});

test.each(DOCUMENTS)("%s: every file that it links to exists", (document) => {
  const links = [...read(document).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, link]) => link ?? "");
  expect(links.filter((link) => !existsSync(join(ROOT, document, "..", link)))).toEqual([]);
});

test.each(DOCUMENTS)("%s: every heading that it links to exists", (document) => {
  const links = [...read(document).matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)];
  const lost = links.filter(([, file, anchor = ""]) => {
    const target = file ? join(document, "..", file) : document;
    return target.endsWith(".md") && !anchorsOf(read(target)).has(anchor);
  });
  expect(lost.map(([link]) => link)).toEqual([]);
});

test.each(DOCUMENTS)("%s: every file of ours that it names exists", (document) => {
  const named = [...read(document).matchAll(/`((?:workers|schema|scripts|test|docs)\/[\w./-]+)`/g)].map(
    ([, path]) => path ?? "",
  );
  expect(named.filter((path) => !isKept(path.replace(/\/$/, "")))).toEqual([]);
});

test("every path in the README's tree exists", () => {
  const paths = treeOf(read("README.md"));
  expect(paths.length).toBeGreaterThan(10);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test("every folder of the project stands in the README's tree", () => {
  const paths = treeOf(read("README.md"));
  const folders = new Set(
    filesUnder()
      .filter((file) => file.includes("/") && !file.startsWith("."))
      .map(topFolders),
  );
  expect([...folders].filter((folder) => !paths.includes(folder))).toEqual([]);
});

test("every document stands in the README's tree", () => {
  const documents = KEPT.filter((file) => /^docs\/[^/]+\.md$/.test(file));
  expect(documents.length).toBeGreaterThan(5);
  expect(documents.filter((file) => !treeOf(read("README.md")).includes(file))).toEqual([]);
});

test("every command stands in the README's table", () => {
  const [, table = ""] = /\n\| command \|[^\n]*\n([\s\S]*?)\n\n/.exec(read("README.md")) ?? [];
  const told = [...table.matchAll(/`npm (?:run )?([\w:-]+)/g)].map(([, name]) => name);
  expect(Object.keys(manifest.scripts).filter((name) => !told.includes(name))).toEqual([]);
});

test("the README tells every reason, in its number's order", () => {
  const told = [...read("README.md").matchAll(/^\| (\d+) \| `(\w+)` \|(?: (\d{3}) \|)? (.+) \|$/gm)].map(
    ([, ...cells]) => cells,
  );
  const reasons = [
    ...Object.entries(REFUSALS).map(([name, { number, status, message }]) => [`${number}`, name, `${status}`, message]),
    ...Object.entries({ ...NOTES, ...OUTCOME_REASONS, ...RECEIPT_REASONS }).map(([name, { number, message }]) => [
      `${number}`,
      name,
      undefined,
      message,
    ]),
  ];
  expect(told).toEqual(reasons);
});

test("every package has one exact version", () => {
  const kinds = ["dependencies", "devDependencies", "optionalDependencies"];
  const versions = kinds.flatMap((kind) => Object.entries({ ...(manifest[kind] ?? {}) }));
  expect(versions.length).toBeGreaterThan(5);
  expect(versions.filter(([, version]) => !EXACT.test(String(version)))).toEqual([]);
});

/** The names under which a page's headings are linked to: in lower case, blanks as dashes, without other signs. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading.toLowerCase());
  return new Set(headings.map((heading) => heading.replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")));
}

/** The paths of the indented tree in the first code block that begins with `wrangler.toml`. A deeper line lies in the folder above it. */
function treeOf(text: string): string[] {
  const block = /```\w*\n(wrangler\.toml[\s\S]*?)```/.exec(text)?.[1] ?? "";
  const folders: string[] = [];
  return block
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const depth = (/^ */.exec(line)?.[0].length ?? 0) / 2;
      const name = line.trim().split(/\s{2,}/)[0] ?? "";
      folders.length = depth;
      const path = [...folders, name.replace(/\/$/, "")].join("/");
      if (name.endsWith("/")) folders[depth] = name.replace(/\/$/, "");
      return path;
    });
}

/** The worker's folder, or else the first one. */
function topFolders(file: string): string {
  const [first = "", second = ""] = file.split("/");
  return first === "workers" ? `${first}/${second}` : first;
}
