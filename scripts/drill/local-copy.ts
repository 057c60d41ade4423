/** A local system on a copy of a state directory, which a drill may damage: started, stopped, robbed of an object, and set back to before a migration. */
import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { consoleFetch } from "../console-api.ts";
import { HOST } from "../local/options.ts";
import { freePorts } from "../local/ports.ts";
import { localSecrets } from "../local/secrets.ts";
import { type Platform, startPlatform } from "../platform.ts";
import type { DrillWorld } from "./drill-world.ts";

/** The click worker's port and those behind it. */
const PORTS = 3;

export interface LocalCopy extends DrillWorld {
  /** Where the click worker and the postback worker listen. */
  origins: Platform["origins"];
  /** Stops, does it with the files, and starts again. */
  whileStopped(work: (stateDir: string) => void): Promise<void>;
  stop(): Promise<void>;
}

export async function startCopy(stateDir: string, port: number | null): Promise<LocalCopy> {
  const secrets = localSecrets(stateDir, {});
  const start = async () => startPlatform({ stateDir, secrets, port: port ?? (await freePorts(HOST, PORTS)) });
  let platform = await start();
  const fetchConsole: DrillWorld["fetchConsole"] = (path, init) =>
    consoleFetch(platform.origins.console, secrets.CONSOLE_TOKEN)(path, init);
  const whileStopped = async (work: (dir: string) => void) => {
    await platform.stop();
    work(stateDir);
    platform = await start();
  };
  return {
    fetchConsole,
    get origins() {
      return platform.origins;
    },
    get books() {
      return platform.database;
    },
    get log() {
      return platform.log;
    },
    consoleCron: async (atMs) => {
      const query = new URLSearchParams({ cron: "* * * * *", time: String(atMs) });
      await platform.ask("console", `/cdn-cgi/local/scheduled?${query}`);
    },
    loseObject: async (advertiser) => {
      const { results } = await platform.database
        .prepare("SELECT number FROM advertisers WHERE slug = ?")
        .bind(advertiser)
        .all();
      const [row] = results;
      const number = typeof row === "object" && row !== null && "number" in row ? Number(row.number) : -1;
      await whileStopped((dir) => removeObject(dir, number));
    },
    whileStopped,
    stop: async () => {
      await platform.stop();
    },
  };
}

/** The files of the database that has this table, in its folder; one database at most has it. */
export function databaseFiles(stateDir: string, table: string): string[] {
  const file = sqliteFiles(join(stateDir, "storage")).find((path) => hasTable(path, table, "d1_migrations"));
  if (file === undefined) throw new Error(`no database in ${stateDir} has a table ${table}`);
  return ["", "-wal", "-shm"].map((end) => file + end);
}

/** Puts a database's files back as they are in another state directory, a copy of this one from before. */
export function setBack(stateDir: string, before: string, table: string): void {
  for (const file of databaseFiles(stateDir, table)) {
    rmSync(file, { force: true });
    const kept = join(before, file.slice(stateDir.length));
    cpSync(kept, file, { force: true, errorOnExist: false, ...(isThere(kept) ? {} : { filter: () => false }) });
  }
}

function isThere(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return readdirSync(path.slice(0, path.lastIndexOf("/"))).includes(name);
}

function removeObject(stateDir: string, advertiser: number): void {
  const isOf = (path: string) => hasTable(path, "archived") && ownerIn(path) === advertiser;
  const file = sqliteFiles(join(stateDir, "storage")).find(isOf);
  if (file === undefined) throw new Error(`no object in ${stateDir} is that of advertiser ${advertiser}`);
  for (const end of ["", "-wal", "-shm"]) rmSync(file + end, { force: true });
}

function ownerIn(path: string): number {
  return readWith(path, (database) =>
    Number(database.prepare("SELECT advertiser FROM archived").get()?.advertiser ?? -1),
  );
}

function hasTable(path: string, ...tables: string[]): boolean {
  const query =
    "SELECT count(*) AS found FROM sqlite_schema WHERE type = 'table' AND name IN (SELECT value FROM json_each(?))";
  return readWith(path, (database) => database.prepare(query).get(JSON.stringify(tables))?.found === tables.length);
}

function readWith<Value>(path: string, read: (database: DatabaseSync) => Value): Value {
  const database = new DatabaseSync(path);
  try {
    return read(database);
  } finally {
    database.close();
  }
}

function sqliteFiles(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".sqlite"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
