/** docs/people.md tells every right with who has it, in the order of the table, and the console decides by rights: nothing in it names a role to say who may act. */
import { expect, test } from "vitest";
import { RIGHTS } from "../../workers/core/rights.ts";
import { ROLES } from "../../workers/core/roles.ts";
import { filesUnder, read } from "./files.ts";

const DOCUMENT = read("docs/people.md");

test("docs/people.md has the table of rights", () => {
  const rows = Object.entries(RIGHTS).map(([right, { what, roles }]) => {
    const marks = ROLES.map((role) => (roles.some((one) => one === role) ? "yes" : ""));
    return `| \`${right}\` | ${what} | ${marks.join(" | ")} |`;
  });
  const head = `| right | who has it may | ${ROLES.join(" | ")} |\n${"| --- ".repeat(2 + ROLES.length)}|`;
  expect(DOCUMENT).toContain([head, ...rows].join("\n"));
});

test("docs/people.md tells every role", () => {
  const told = [...DOCUMENT.matchAll(/^\| (\w+) \| [^|]+ \| [^|]+ \|$/gm)].map(([, role]) => role);
  expect(told.filter((role) => role !== "role")).toEqual(ROLES);
});

test("admins have every right", () => {
  for (const [right, { roles }] of Object.entries(RIGHTS)) expect([right, roles[0]]).toEqual([right, "admin"]);
});

/** Words that say by a role who may act. */
const BY_ROLE = [
  /\b(?:actors|writers): (?!holders\(|readonly )/,
  /role [!=]== "(?:admin|manager|finance|analyst)"/,
  /\broles: ADMINS\b/,
];

function strayIn(source: string): string[] {
  return source.split("\n").filter((line) => BY_ROLE.some((words) => words.test(line)));
}

test("who may act is said by rights", () => {
  expect(strayIn('actors: ADMINS,\nif (role === "admin")\nroles: ADMINS,\nactors: holders("review"),')).toHaveLength(3);
  const sources = filesUnder().filter((file) => /^workers\/console\/.*\.tsx?$/.test(file));
  expect(sources.flatMap((file) => strayIn(read(file)).map((line) => `${file}: ${line.trim()}`))).toEqual([]);
});
