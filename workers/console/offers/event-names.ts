/** The names of the events of an advertiser's offers, by which the words of its files are known. */

export async function eventNamesOf(db: D1Database, advertiser: number): Promise<string[]> {
  const { results } = await db
    .prepare(
      "SELECT DISTINCT e.name FROM offer_events AS e JOIN offers AS o ON o.number = e.offer WHERE o.advertiser = ?",
    )
    .bind(advertiser)
    .all<{ name: string }>();
  return results.map(({ name }) => name);
}
