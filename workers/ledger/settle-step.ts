/** A step of settling: it takes messages and gives what goes on to the next one and what has failed, with why. */
import type { PostbackMessage } from "../../schema/messages.ts";
import type { ReadClick } from "../core/books/command.ts";
import type { DeliveryOf } from "./delivery.ts";

export type Delivery = DeliveryOf<PostbackMessage>;

/** A message that could not be settled, and why. */
export interface Failure {
  delivery: Delivery;
  error: string;
}

/** A message with what its click ID says. */
export interface ReadDelivery {
  delivery: Delivery;
  click: ReadClick;
}

export interface Step<Item> {
  on: Item[];
  failed: Failure[];
}

/** Takes each through `work`. Where that throws, as only a bug or broken data can make it, this one fails alone. */
export function oneByOne<Item extends { delivery: Delivery }, Next>(
  items: readonly Item[],
  work: (item: Item) => Next,
): Step<Next> {
  const step: Step<Next> = { on: [], failed: [] };
  for (const item of items) {
    try {
      step.on.push(work(item));
    } catch (error) {
      step.failed.push({ delivery: item.delivery, error: describe(error) });
    }
  }
  return step;
}

/** What stops all of these at once. */
export function failAll(deliveries: readonly Delivery[], error: unknown): Failure[] {
  return deliveries.map((delivery) => ({ delivery, error: describe(error) }));
}

export function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
