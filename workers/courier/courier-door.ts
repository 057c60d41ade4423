/** The courier's door for the console: what an operator sees and does of deliveries. */
import { WorkerEntrypoint } from "cloudflare:workers";
import { alertNotice, alertTypeHeard } from "../core/courier/alert-notice.ts";
import type {
  BackfillPlan,
  BackfillRange,
  CourierCalls,
  DeliveryAttempt,
  DeliveryDetail,
  DeliveryFigures,
  DeliveryQuery,
  DeliverySelection,
  DeliveryView,
  DestinationStatus,
  DestinationTrouble,
  ToldNews,
} from "../core/courier/courier-calls.ts";
import { type Leads, lookUpName } from "../core/courier/name-lookup.ts";
import type { DeliveryCell, DeliveryQuestion } from "../core/metrics/delivery-cells.ts";
import { publicHalves, resealSecrets } from "../core/sealed-secrets.ts";
import { MAX_RATE_PER_SECOND } from "./backfilling.ts";
import { courierKeys } from "./courier-keys.ts";
import { findDelivery, listDeliveries, readFigures, readTroubles, viewOfRow, withWaiting } from "./courier-records.ts";
import { countDeliveries } from "./delivery-counts.ts";
import { destinationName } from "./destination-name.ts";
import type { Env } from "./env.ts";
import { readDestination, readDestinations } from "./set-up-of-destinations.ts";
import type { MatchedNotice } from "./take-notices.ts";
import { signersOf } from "./webhook-request.ts";

/** What waits is asked of so many objects at once. */
const OBJECTS_AT_ONCE = 6;
/** A list of more destinations asks only those that said that something waits, and no more than so many of them. */
const MOST_OBJECTS = 24;

export class CourierDoor extends WorkerEntrypoint<Env> implements CourierCalls {
  async sealingKeys(): Promise<string> {
    return publicHalves((await courierKeys(this.env.COURIER_KEYS)).opening);
  }

  async keyNumbers(): Promise<number[]> {
    return [...(await courierKeys(this.env.COURIER_KEYS)).ring.hkdf.keys()];
  }

  async reseal(destination: number, secrets: Record<string, string>) {
    return resealSecrets((await courierKeys(this.env.COURIER_KEYS)).opening, destination, secrets);
  }

  leadsTo(host: string): Promise<Leads> {
    return lookUpName(fetch, this.env.RESOLVER, host);
  }

  async webhookSecret(destination: number): Promise<string | null> {
    const setUp = await readDestination(this.env.DB, destination);
    if (!setUp) return null;
    const [signer] = await signersOf(await courierKeys(this.env.COURIER_KEYS), setUp, Date.now());
    return signer?.shown ?? null;
  }

  async changed(destination: number): Promise<void> {
    await this.#object(destination).changed(destination);
  }

  async statuses(destinations: number[]): Promise<DestinationStatus[]> {
    const statuses = await this.#ofEach(destinations, (one) => this.#object(one).status());
    return statuses.filter((status) => status !== null);
  }

  async troubles(lateSinceMs: number): Promise<DestinationTrouble[]> {
    return readTroubles(this.env.COURIER, lateSinceMs);
  }

  async figures(destination: number): Promise<DeliveryFigures> {
    return readFigures(this.env.COURIER, destination);
  }

  async countDeliveries(question: DeliveryQuestion): Promise<DeliveryCell[] | null> {
    return countDeliveries(this.env.COURIER, question);
  }

  async deliveries(query: DeliveryQuery): Promise<DeliveryView[]> {
    const recorded = await listDeliveries(this.env.COURIER, query);
    const asked =
      query.destinations.length <= MOST_OBJECTS
        ? query.destinations
        : await withWaiting(this.env.COURIER, query.destinations, MOST_OBJECTS);
    const open = await this.#ofEach(asked, (one) => this.#object(one).open(query.before ?? null, query.limit));
    // What is open is as its object says now.
    const views = new Map(
      [...recorded, ...open.flat().filter((view) => isAsked(view, query))].map((view) => [view.deliveryId, view]),
    );
    return [...views.values()]
      .sort((left, right) => (left.deliveryId < right.deliveryId ? 1 : -1))
      .slice(0, query.limit);
  }

  async delivery(destination: number, deliveryId: string): Promise<DeliveryDetail | null> {
    const row = await findDelivery(this.env.COURIER, destination, deliveryId);
    const key = row && { conversionId: row.conversion_id, seq: row.seq, replay: row.replay };
    const detail = await this.#object(destination).detail(deliveryId, key);
    if (detail || !row) return detail;
    const last: DeliveryAttempt | null = row.last === null ? null : JSON.parse(String(row.last));
    return { ...viewOfRow(row), tries: last ? [last] : [] };
  }

  async resume(destination: number): Promise<void> {
    await this.#object(destination).resume();
  }

  async replay(destination: number, which: DeliverySelection): Promise<number> {
    return this.#object(destination).replay(which);
  }

  async cancel(destination: number, which: DeliverySelection): Promise<number> {
    return this.#object(destination).cancel(which);
  }

  async tellAlerts(news: ToldNews[]): Promise<number> {
    const destinations = await readDestinations(this.env.DB);
    const told = destinations.flatMap(({ settings: { number, owner, filters } }) => {
      const matched = owner.type === "programme" ? news.flatMap((one) => matchedAlert(one, filters.types)) : [];
      return matched.length > 0 ? [{ number, matched }] : [];
    });
    await this.#ofEach(told, ({ number, matched }) => this.#object(number).accept(number, matched));
    return told.length;
  }

  async sendTest(destination: number): Promise<string> {
    return this.#object(destination).sendTest(destination);
  }

  async planBackfill(destination: number, range: BackfillRange): Promise<BackfillPlan> {
    return this.#object(destination).planBackfill(destination, range);
  }

  async startBackfill(destination: number, range: BackfillRange & { ratePerSecond: number }): Promise<void> {
    const ratePerSecond = Math.min(MAX_RATE_PER_SECOND, Math.max(1, range.ratePerSecond));
    await this.#object(destination).startBackfill(destination, { ...range, ratePerSecond });
  }

  async stopBackfill(destination: number): Promise<void> {
    await this.#object(destination).stopBackfill();
  }

  #object(destination: number) {
    return this.env.DESTINATIONS.getByName(destinationName(destination));
  }

  async #ofEach<One, Value>(destinations: readonly One[], ask: (one: One) => Promise<Value>): Promise<Value[]> {
    const answers: Value[] = [];
    for (let at = 0; at < destinations.length; at += OBJECTS_AT_ONCE)
      answers.push(...(await Promise.all(destinations.slice(at, at + OBJECTS_AT_ONCE).map(ask))));
    return answers;
  }
}

function matchedAlert({ alert, news, atMs }: ToldNews, types: readonly string[]): MatchedNotice[] {
  const type = alertTypeHeard(news, types);
  if (type === null) return [];
  return [{ notice: alertNotice(alert, news, atMs), type, origin: "notice", deadlineAtMs: null }];
}

function isAsked(view: DeliveryView, { states, types, conversionId, fromMs, toMs }: DeliveryQuery): boolean {
  return (
    (!types || types.includes(view.type)) &&
    (!states || states.includes(view.state)) &&
    (conversionId === undefined || view.conversionId === conversionId) &&
    view.createdAtMs >= (fromMs ?? 0) &&
    view.createdAtMs < (toMs ?? Number.MAX_SAFE_INTEGER)
  );
}
