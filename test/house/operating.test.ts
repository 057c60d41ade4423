/** docs/operating.md tells every event that workers log as an error or a warning, with its worker, and no event that there is not. */
import { expect, test } from "vitest";
import { filesUnder, read } from "./files.ts";

const LOGGED = /\bconsole\.(?:error|warn)\(\{\s*event: "(\w+)"/g;
const CALLS = /\bconsole\.(?:error|warn)\(/g;
const sources = filesUnder("workers").filter((file) => /\.tsx?$/.test(file));

/** `event worker`, each once. */
function logged(): string[] {
  const found = sources.flatMap((file) =>
    [...read(file).matchAll(LOGGED)].map(([, event]) => `${event} ${file.split("/")[1]}`),
  );
  return [...new Set(found)].sort();
}

function told(): string[] {
  const rows = [...read("docs/operating.md").matchAll(/^\| ((?:`\w+`(?:, )?)+) \| ([a-z, ]+) \|/gm)];
  return rows
    .flatMap(([, events = "", workers = ""]) =>
      [...events.matchAll(/`(\w+)`/g)].flatMap(([, event]) =>
        workers.split(", ").map((worker) => `${event} ${worker}`),
      ),
    )
    .sort();
}

test("every error and warning has an event by which this test finds it", () => {
  const nameless = sources.filter(
    (file) => [...read(file).matchAll(CALLS)].length !== [...read(file).matchAll(LOGGED)].length,
  );
  expect(nameless).toEqual([]);
});

test("every event is told, and no other", () => {
  expect(logged().length).toBeGreaterThan(20);
  expect(told()).toEqual(logged());
});
