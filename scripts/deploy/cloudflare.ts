/** Cloudflare's API, for what wrangler has no command with an answer that a program can read. It is reached as wrangler reaches it. */
import { isRecord } from "../../workers/core/is-record.ts";
import { reach } from "../reach.ts";
import { runWrangler } from "../wrangler.ts";

const USUAL_BASE = "https://api.cloudflare.com/client/v4";
const PAGE = 100;

export interface Account {
  id: string;
  base: string;
  headers: Record<string, string>;
}

/** The account that wrangler is logged in to; `CLOUDFLARE_ACCOUNT_ID` chooses among several. Throws one line when there is none or no choice. */
export async function findAccount(environment: NodeJS.ProcessEnv): Promise<Account> {
  const base = environment.CLOUDFLARE_API_BASE_URL ?? USUAL_BASE;
  const headers = await credentials(environment.CLOUDFLARE_API_TOKEN);
  const chosen = environment.CLOUDFLARE_ACCOUNT_ID;
  if (chosen) return { id: chosen, base, headers };
  const { result } = await call({ id: "", base, headers }, "GET", "/accounts");
  const accounts = Array.isArray(result) ? result.filter(isRecord) : [];
  const [only, ...others] = accounts;
  if (!only) throw new Error("this login has no account: check the token's rights, or set CLOUDFLARE_ACCOUNT_ID");
  if (others.length > 0) {
    const list = accounts.map(({ id, name }) => `${id} (${name})`).join(", ");
    throw new Error(`this login has several accounts; choose one with CLOUDFLARE_ACCOUNT_ID: ${list}`);
  }
  return { id: String(only.id), base, headers };
}

/** All results of a list, page by page where it has pages; `path` is below the account. */
export async function listAll(account: Account, path: string): Promise<Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = [];
  for (let page = 1; ; page++) {
    const { result, total } = await call(
      account,
      "GET",
      `/accounts/${account.id}${path}?page=${page}&per_page=${PAGE}`,
    );
    const found = Array.isArray(result) ? result.filter(isRecord) : [];
    all.push(...found);
    if (found.length === 0 || total === null || all.length >= total) return all;
  }
}

/** Whether there is something at `path` below the account. */
export async function exists(account: Account, path: string): Promise<boolean> {
  return (await call(account, "GET", `/accounts/${account.id}${path}`, { missing: true })).status !== 404;
}

/** Creates something below the account and gives it. */
export async function create(account: Account, path: string, body: unknown): Promise<Record<string, unknown>> {
  const { result } = await call(account, "POST", `/accounts/${account.id}${path}`, { body });
  return isRecord(result) ? result : {};
}

/** The rows that a statement reads in a database, by its ID. */
export async function query(account: Account, database: string, sql: string): Promise<Record<string, unknown>[]> {
  const path = `/accounts/${account.id}/d1/database/${database}/query`;
  const { result } = await call(account, "POST", path, { body: { sql } });
  const [answer] = Array.isArray(result) ? result.filter(isRecord) : [];
  return Array.isArray(answer?.results) ? answer.results.filter(isRecord) : [];
}

/** One call: its result, and of how many a page of a list is. Throws the API's own words when it fails; 404 is an answer where something may be `missing`. */
async function call(
  account: Account,
  method: string,
  path: string,
  { body, missing = false }: { body?: unknown; missing?: boolean } = {},
): Promise<{ status: number; result: unknown; total: number | null }> {
  const answer = await reach(account.base + path, {
    method,
    headers: { ...account.headers, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const value = parse(text);
  const { status } = answer;
  if (status === 404 && missing) return { status, result: null, total: null };
  if (!isRecord(value) || value.success !== true) throw new Error(`${method} ${path} answered ${status}: ${text}`);
  const info = value.result_info;
  const total = isRecord(info) && typeof info.total_count === "number" ? info.total_count : null;
  return { status, result: value.result, total };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Of `CLOUDFLARE_API_TOKEN`, of a global key, or of `wrangler login`: whichever wrangler itself would use. */
async function credentials(apiToken: string | undefined): Promise<Record<string, string>> {
  if (apiToken) return { authorization: `Bearer ${apiToken}` };
  const { answer } = await runWrangler(["auth", "token", "--json"]).catch(() => {
    throw new Error("wrangler is not logged in: run npx wrangler login, or set CLOUDFLARE_API_TOKEN");
  });
  const value = parse(answer);
  if (isRecord(value) && typeof value.token === "string") return { authorization: `Bearer ${value.token}` };
  if (isRecord(value) && typeof value.key === "string" && typeof value.email === "string")
    return { "x-auth-key": value.key, "x-auth-email": value.email };
  throw new Error("wrangler gave no credentials: run npx wrangler login, or set CLOUDFLARE_API_TOKEN");
}
