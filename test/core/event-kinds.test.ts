import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { EVENT_KINDS } from "../../schema/tables.ts";
import { kindByName } from "../../workers/core/event-kinds.ts";

test.each([
  ["lead", "lead"],
  ["Purchase", "sale"],
  ["REBILL", "renewal"],
  ["free_trial", "trial"],
  ["activated", "activation"],
  ["app_install", "install"],
  ["download", "other"],
  ["constructor", "other"],
])("an event called %s is: %s", (name, kind) => {
  expect(kindByName(name)).toBe(kind);
});

test("events of before are what their names say, by the same names", () => {
  const migration = readFileSync("schema/migrations/books/0074_event_kinds.sql", "utf8");
  const names = [...new Set([...migration.matchAll(/'([a-z_-]+)'/g)].map(([, name = ""]) => name)), "strange"];
  const db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE offer_events (name TEXT PRIMARY KEY)");
  for (const name of names) db.prepare("INSERT INTO offer_events VALUES (?)").run(name);
  db.exec(migration);
  const rows = db.prepare("SELECT name, kind FROM offer_events").all();
  expect(rows.map(({ name, kind }) => [name, kind])).toEqual(rows.map(({ name }) => [name, kindByName(String(name))]));
  expect(new Set(rows.map(({ kind }) => String(kind)))).toEqual(new Set(EVENT_KINDS));
});
