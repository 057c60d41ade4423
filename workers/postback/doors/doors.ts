/** Every door there is, and which one a request came to. */
import { batch } from "./batch.ts";
import type { Door } from "./door.ts";
import { pixel } from "./pixel.ts";
import { postback } from "./postback.ts";
import { sourceWebhook } from "./source-webhook.ts";

/** What is asked for most stands first: that is found soonest. */
export const DOORS: readonly Door[] = [postback, pixel, batch, sourceWebhook];

/** A request's door, and the slug of the advertiser that it names there. */
export interface Entrance {
  door: Door;
  slug: string;
}

/** Null for a path that leads to no door. */
export function findEntrance(target: string): Entrance | null {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  for (const door of DOORS) {
    const slug = door.path.exec(path)?.[1];
    if (slug !== undefined) return { door, slug: slug.toLowerCase() };
  }
  return null;
}
