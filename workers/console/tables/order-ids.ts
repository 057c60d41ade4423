/** Which conversions are an order's: the advertisers' objects know it, so the database needs no index by order, which would be a billed row for each conversion. */
import { objectName } from "../../core/books/stored.ts";
import type { Env } from "../env.ts";
import type { Caller } from "../web/caller.ts";

/** So many objects are asked at once. */
const ASKED_AT_ONCE = 100;
/** Whose orders a caller may have: everybody's, its own, or those of who owns an offer that one of its links is on. */
const OWNERS = {
  everything: "SELECT number FROM advertisers WHERE ?1 IS NULL",
  advertiser: "SELECT number FROM advertisers WHERE number = ?1",
  affiliate:
    "SELECT DISTINCT o.advertiser AS number FROM links l CROSS JOIN offers o ON o.number = l.offer WHERE l.affiliate = ?1",
};

/** The conversions of this order, whosever they are: what the caller sees of them is asked of the rows. Throws where an object does not answer: what it has would be missing. */
export async function idsOfOrder(
  env: Pick<Env, "DB" | "CONVERSIONS">,
  { scope }: Caller,
  txid: string,
): Promise<string[]> {
  const [kind, number] =
    scope === "everything"
      ? (["everything", null] as const)
      : "affiliate" in scope
        ? (["affiliate", scope.affiliate] as const)
        : (["advertiser", scope.advertiser] as const);
  const { results } = await env.DB.prepare(OWNERS[kind]).bind(number).all<{ number: number }>();
  const ids: string[] = [];
  for (let from = 0; from < results.length; from += ASKED_AT_ONCE) {
    const asked = results
      .slice(from, from + ASKED_AT_ONCE)
      .map(async ({ number: advertiser }) => env.CONVERSIONS.getByName(objectName(advertiser)).ofOrder(txid));
    ids.push(...(await Promise.all(asked)).flat());
  }
  return ids;
}
