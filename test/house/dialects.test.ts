/** The pages of dialects: each has one, its tables say what the tracker's table says, and what its examples say is what becomes of them. */
import { expect, test } from "vitest";
import type { PostbackContent } from "../../schema/messages.ts";
import { decidePostback } from "../../workers/core/postback/postback.ts";
import { prepareSender } from "../../workers/core/postback/sender.ts";
import { roleOf } from "../../workers/core/trackers/tracker-role.ts";
import type { TrackerRoute, TrackerTable } from "../../workers/core/trackers/tracker-table.ts";
import { TRACKER_TABLES } from "../../workers/core/trackers/tracker-tables.ts";
import {
  ACME,
  ADVERTISER_KEYS,
  type Answer,
  CLICK_KEYS,
  clickId,
  Door,
  ring,
  trackerRecord,
} from "../postback/door.ts";
import { filesUnder, read } from "./files.ts";

const CLICK = await clickId();
const HOST = "tracker.example";
const SECRET = "s3cr3t";
const clickKeys = await ring(CLICK_KEYS);
const plain = await prepareSender({ ...ACME, auth: "open" }, await ring(ADVERTISER_KEYS));

const codesIn = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
/** Rows of the table with this head, as their cells. */
function rowsOf(page: string, head: string): string[][] {
  const [, table = ""] = page.split(`\n${head}\n`);
  const [body = ""] = table.split("\n\n");
  const rows = body.split("\n").filter((line) => line.startsWith("| `"));
  return rows.map((row) => row.slice(2, -2).split(" | "));
}

/** `a1` … `a3` as the three of them. */
function spread(cell: string): string[] {
  const [from = "", to] = codesIn(cell);
  const [, stem = "", first = ""] = /^(.*?)(\d+)$/.exec(from) ?? [];
  const last = /(\d+)$/.exec(to ?? "")?.[1] ?? first;
  if (!cell.includes("…")) return codesIn(cell);
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, place) => `${stem}${Number(first) + place}`);
}

function pairsOf(rows: readonly string[][]): [string, string][] {
  return rows.flatMap(([names = "", targets = ""]) => {
    const all = spread(targets);
    return spread(names).map((name, place): [string, string] => [name, all[place] ?? all[0] ?? ""]);
  });
}

const placeOf = ({ path, has }: TrackerRoute): string => `${path.replace(/^\*/, "…")}${has ? `?${has.join("&")}` : ""}`;

test("each tracker has a page, and no other page lies there", () => {
  const pages = filesUnder("docs/dialects").map((file) => /([^/]+)\.md$/.exec(file)?.[1]);
  expect(pages.sort()).toEqual([...TRACKER_TABLES.keys()].sort());
  for (const page of pages) expect(read("docs/dialects.md")).toContain(`(dialects/${page}.md)`);
});

test.each([...TRACKER_TABLES])(
  "the page of %s has its names, its words, and what else is on its host",
  (dialect, table) => {
    const page = read(`docs/dialects/${dialect}.md`);
    expect(pairsOf(rowsOf(page, "| its parameter | here |")).sort()).toEqual(Object.entries(table.words.names).sort());
    expect(pairsOf(rowsOf(page, "| on its links | here |")).sort()).toEqual(Object.entries(table.clickNames).sort());
    const told = rowsOf(page, "| its status | here |").flatMap(([words = "", target = ""]) =>
      codesIn(words).map((word) => [word, codesIn(target)[0] ?? "-"]),
    );
    expect(told.sort()).toEqual(Object.entries(table.words.statuses).sort());
    const listed = rowsOf(page, "| path | what it is | |").map(([path = "", what, answer]) => [
      ...codesIn(path),
      what,
      answer,
    ]);
    expect(listed).toEqual(
      table.routes.flatMap((route) =>
        route.role === "listed"
          ? [[placeOf(route), route.what, route.answer === "image" ? "an empty image" : "sent on"]]
          : [],
      ),
    );
    for (const route of table.routes)
      if (route.role === "postback" || route.role === "pixel")
        expect(page).toContain(`\`${route.path.replace(/^\*/, "…")}`);
  },
);

async function doorOf(dialect: string, table: TrackerTable): Promise<Door> {
  const secret = table.secret === null ? null : "segment" in table.secret ? "0f3ab1c2" : SECRET;
  const door = new Door({ ...ACME, auth: secret === null ? "open" : "token" });
  door.putTracker(await trackerRecord(dialect, secret, { oldOrigin: "https://old.example" }), HOST);
  return door;
}

function answered({ status, text, json, headers }: Answer): string {
  if (headers.get("Content-Type") === "image/gif") return `${status} an image`;
  const said = json.reason ?? json.status ?? text;
  return status === 302 ? "302" : `${status} ${said}`;
}

/** What the books are told by our own door; without the sender's word for the status, which it has not. */
function toldPlainly(query: string): PostbackContent {
  const target = `/p/acme?${query.replaceAll("CLICK_ID", CLICK)}`;
  const request = { method: "GET", target, headers: new Headers(), body: new Uint8Array(0) } as const;
  const decision = decidePostback(plain, request, { nowMs: Date.now(), clickKeys });
  if (!decision.ok) throw new Error(`${query}: ${decision.refusal.refusal.reason}`);
  return decision.value.content;
}

test.each([...TRACKER_TABLES])("what the examples of %s say is what becomes of them", async (dialect, table) => {
  const examples = rowsOf(read(`docs/dialects/${dialect}.md`), "| request | here | answer |").map((cells) =>
    cells.flatMap(codesIn),
  );
  expect(examples.length).toBeGreaterThan(2);
  for (const [target = "", here = "", answer = ""] of examples) {
    const [path = "", query] = target.split(/\?(.*)/s);
    const role = roleOf(table, { method: "GET", path, query: query === undefined ? "" : `?${query}` });
    if (here.startsWith("click ")) {
      const said = role.role === "click" ? `click ${role.alias}${role.query}` : role.role;
      expect(said).toBe(here);
      expect(answer).toBe("302");
      continue;
    }
    const door = await doorOf(dialect, table);
    const filled = target.replaceAll("CLICK_ID", CLICK).replaceAll("SECRET", SECRET);
    const got = await door.sendRequest(new Request(`https://${HOST}${filled}`, { redirect: "manual" }));
    expect([target, answered(got)]).toEqual([target, answer]);
    if (here.includes("=")) {
      const [message] = door.queued;
      const { originalStatus: _, ...content } = message?.content ?? {};
      expect([target, content]).toEqual([target, toldPlainly(here)]);
    } else {
      expect([target, door.queued]).toEqual([target, []]);
      if (here === "sent on") expect(got.headers.get("Location")).toBe(`https://old.example${filled}`);
    }
  }
});
