/** How many bytes conversions take where they are stored: what a large world has more than a small one, divided by how much larger it is. */
import type { World } from "./world.ts";

/** Bytes each, with their indexes, logs and rollups. */
export interface Sizes {
  /** In the databases of books and log: a conversion that was pending and then approved, with its entries and its two rows of the postback log. */
  conversion: number;
  /** The same in the advertiser's object. */
  objectConversion: number;
}

export async function measureSizes(small: World, large: World): Promise<Sizes> {
  const [before, after] = [await bytesOf(small), await bytesOf(large)];
  const conversions = large.size.conversions - small.size.conversions;
  return {
    conversion: Math.round((after.books - before.books) / conversions),
    objectConversion: Math.round((after.object - before.object) / conversions),
  };
}

async function bytesOf({ ask, books, log }: World): Promise<{ books: number; object: number }> {
  return {
    books: (await databaseBytes(books)) + (await databaseBytes(log)),
    object: await ask<number>("/object-bytes"),
  };
}

/** As D1 says with every answer. */
async function databaseBytes(database: World["books"]): Promise<number> {
  const { meta } = await database.prepare("SELECT 1").all();
  return meta.size_after;
}
