/** Names to choose from where a form or a filter asks for a slug: the first thousand; other slugs can be written. */
import type { Env } from "../env.ts";
import type { Caller } from "../web/caller.ts";
import type { ListPage } from "../web/listing.ts";
import type { User } from "../web/user.ts";
import type { Option } from "./parts/form.tsx";

/** A list of something that has slugs, as far as the caller may see it. */
type List = (env: Env, caller: Caller, query: { limit: number }) => Promise<ListPage<{ slug: string; name?: string }>>;

const MOST = 1_000;

/** What the user may see of a list. */
export async function suggest(env: Env, { caller }: User, list: List): Promise<Option[]> {
  const { items } = await list(env, caller, { limit: MOST });
  return items.map(({ slug, name = slug }) => ({ value: slug, label: name }));
}
