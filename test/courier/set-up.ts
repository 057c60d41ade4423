/** Destinations for tests, as the console writes them. */
import type { DestinationFilters } from "../../workers/core/courier/destination-settings.ts";
import type { Template } from "../../workers/core/courier/template.ts";

export interface TestDestination {
  slug: string;
  kind?: "postback" | "webhook";
  owner?: { type: "affiliate" | "advertiser"; number: number };
  url: string;
  template?: Partial<Template>;
  filters?: Partial<DestinationFilters>;
  answers?: { bodyContains?: string; accept3xx?: boolean };
  deduplicates?: boolean;
  ratePerSecond?: number;
  deadlineMs?: number;
  secrets?: Record<string, string>;
}

export function destinationCells({ owner, ...said }: TestDestination, nowMs: number): (string | number | null)[] {
  const template: Template = {
    method: "GET",
    url: said.url,
    headers: [],
    basic: null,
    body: null,
    needs: [],
    ...said.template,
  };
  const config = {
    template,
    answers: { bodyContains: null, accept3xx: false, ...said.answers },
    deduplicates: said.deduplicates ?? true,
    ...(said.ratePerSecond !== undefined && { ratePerSecond: said.ratePerSecond }),
    ...(said.deadlineMs !== undefined && { deadlineMs: said.deadlineMs }),
  };
  return [
    said.slug,
    said.slug,
    said.kind ?? "postback",
    owner?.type ?? "programme",
    owner?.number ?? null,
    JSON.stringify(config),
    JSON.stringify(said.filters ?? {}),
    JSON.stringify(said.secrets ?? {}),
    nowMs,
    nowMs,
  ];
}

export const INSERT_DESTINATION =
  "INSERT INTO destinations (slug, name, kind, owner_type, owner, config, filters, secrets, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number";

/** Gives its number. */
export async function insertDestination(db: D1Database, destination: TestDestination, nowMs = 0): Promise<number> {
  const row = await db
    .prepare(INSERT_DESTINATION)
    .bind(...destinationCells(destination, nowMs))
    .first<{ number: number }>();
  if (!row) throw new Error("the destination was not written");
  return row.number;
}
