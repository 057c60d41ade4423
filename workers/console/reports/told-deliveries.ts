/** Deliveries of a report, as the courier counts them: of the destinations that the caller sees, told apart by what the report tells apart. */
import { jsonChunks } from "../../core/json-chunks.ts";
import { type DeliveryCell, type DeliveryQuestion, deliveryColumns } from "../../core/metrics/delivery-cells.ts";
import { DELIVERY_DIMENSIONS, DIMENSIONS } from "../../core/metrics/dimensions.ts";
import { sumsOf } from "../../core/metrics/measures.ts";
import { isTime } from "../../core/metrics/time-dimensions.ts";
import { QUARTER_MS } from "../../core/metrics/time-zone.ts";
import { namedDestinations } from "../destinations/store.ts";
import type { Caller } from "../web/caller.ts";
import { type Counted, countsBy, type ReportEnv, sumsBy } from "./counted-groups.ts";
import type { ReportPlan } from "./plan.ts";
import { countedDeliveries, type Relation } from "./relations.ts";

/** What the courier said, a relation for each page of it. */
export type ToldDeliveries = readonly Relation[];

/** What deliveries are not counted by; null where they are counted by everything that the report groups and filters by. */
export function uncountedBy({ dimensions, conditions }: ReportPlan): string | null {
  const asked = [...dimensions.filter((name) => !isTime(name)), ...conditions.map(({ column }) => column)];
  return asked.find((name) => name !== "test" && !DELIVERY_DIMENSIONS.includes(name)) ?? null;
}

/** `away` where the courier does not answer, `groups` where that is more than a report can have. */
export async function askDeliveries(
  env: ReportEnv,
  caller: Caller,
  plan: ReportPlan,
): Promise<ToldDeliveries | "away" | "groups"> {
  const named = await namedDestinations(env, caller, Number.MAX_SAFE_INTEGER);
  if (named.length === 0) return [];
  const question: DeliveryQuestion = {
    destinations: named.map(({ number }) => number),
    from: plan.fromMs / QUARTER_MS,
    to: plan.toMs / QUARTER_MS,
    dimensions: [...plan.dimensions],
    conditions: plan.conditions.map(({ column, value }) => ({ column, value })),
    zone: [...plan.spans],
  };
  try {
    const cells = await env.COURIER_CALLS.countDeliveries(question);
    if (!cells) return "groups";
    const slugs = new Map(named.map(({ number, slug }) => [number, slug]));
    return jsonChunks(withSlugs(cells, question, slugs)).map((chunk) => countedDeliveries(chunk, question));
  } catch (error) {
    console.error({ event: "courier_is_away", error: String(error) });
    return "away";
  }
}

function withSlugs(
  cells: readonly DeliveryCell[],
  question: DeliveryQuestion,
  slugs: ReadonlyMap<number, string>,
): readonly DeliveryCell[] {
  const columns = deliveryColumns(question);
  // What was made up, and alerts, are of nobody: no number is 0.
  const written = (column: string | undefined, value: DeliveryCell[number] | undefined) => {
    if (column === "destination") return slugs.get(Number(value)) ?? "";
    return value === 0 && DIMENSIONS.get(column ?? "")?.slugOf !== undefined ? "" : (value ?? null);
  };
  return cells.map((cell) => cell.map((value, place) => written(columns[place], value)));
}

export function sumDeliveries(env: ReportEnv, plan: ReportPlan, told: ToldDeliveries): Promise<Counted>[] {
  return told.map((relation) => sumsBy(env, plan, { relation, currency: "currency", sums: sumsOf("deliveries") }));
}

export function countLatencies(env: ReportEnv, plan: ReportPlan, told: ToldDeliveries): Promise<Counted>[] {
  const question = { currency: "currency", by: "bucket", count: "SUM(deliveries)" };
  return told.map((relation) =>
    countsBy(env, plan, { ...question, relation }, (bucket) =>
      Number(bucket) < 0 ? null : `delivery bucket ${Number(bucket)}`,
    ),
  );
}
