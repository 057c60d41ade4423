/** Layouts: each has an example in the documents, of which the reader makes what stands under it. */
import { expect, test } from "vitest";
import { makeDialect } from "../../../workers/core/postback/dialect.ts";
import { orderSayer } from "../../../workers/core/table-file/say-order.ts";
import { LAYOUTS } from "../../../workers/core/table-file/table-layouts.ts";
import { isUnread } from "../../../workers/core/table-file/table-order.ts";
import { planTable } from "../../../workers/core/table-file/table-plan.ts";
import { readTable } from "../../../workers/core/table-file/table-reader.ts";
import { read } from "../../house/files.ts";

const SECTION =
  /^### `?(?<name>[\w-]+)`?: (?<title>[^\n]+)\n[\s\S]*?```csv\n(?<file>[\s\S]*?)```\n\n```text\n(?<sent>[\s\S]*?)```/gm;
const SECTIONS = [...read("docs/tables.md").matchAll(SECTION)].map(({ groups }) => groups ?? {});

/** What is sent of a file, a line for each order. */
async function sentOf(file: string, preset?: string): Promise<{ layout: string | null; sent: string }> {
  const open = async function* () {
    yield new TextEncoder().encode(file);
  };
  const dialect = makeDialect(preset === undefined ? undefined : { preset });
  const plan = await planTable(open, { dialect, columns: [], layout: null, encoding: null, decimal: null });
  if (!plan.ok) throw new Error(plan.refusal);
  const lines: string[] = [];
  const say = orderSayer(plan.value);
  for await (const row of readTable(open, plan.value).rows) {
    const said = isUnread(row) ? { ok: false as const, refusal: row.fault } : say(row);
    if (!said.ok) lines.push(said.refusal);
    else for (const postback of said.value) lines.push(postback.map(([name, text]) => `${name}=${text}`).join(" "));
  }
  return { layout: plan.value.layout?.name ?? null, sent: `${lines.join("\n")}\n` };
}

test("every layout that is read has its section, with its title", () => {
  const layouts = LAYOUTS.filter(({ refused }) => refused === undefined);
  expect(SECTIONS.map(({ name, title }) => [name, title])).toEqual(layouts.map(({ name, title }) => [name, title]));
});

test.each(SECTIONS)("$name is recognised, and sent as the document says", async ({ name, file = "", sent }) => {
  expect(await sentOf(file)).toEqual({ layout: name, sent });
});

test("a layout is the same between semicolons, in UTF-16, and with its columns the other way round", async () => {
  for (const { name, file = "", sent } of SECTIONS) {
    if (file.includes('"')) continue;
    const semicolons = file.replaceAll(",", ";");
    expect(await sentOf(semicolons)).toEqual({ layout: name, sent });
    const reversed = file.replaceAll(/[^\n]+/g, (line) => line.split(",").reverse().join(","));
    expect((await sentOf(reversed)).sent).toBe(sent);
  }
});
