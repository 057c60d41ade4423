/** Says to operators which affiliates are paid to the same account. */
import type { Child } from "hono/jsx";
import type { Env } from "../env.ts";
import { Named } from "../shell/parts/named.tsx";
import { Notice } from "../shell/parts/section.tsx";
import { othersPaidTo } from "./same-account.ts";

/** Groups that a page names. */
const MOST_GROUPS = 20;

/** Null where none of these affiliates shares its account with another. */
export async function sameAccountNotice(env: Pick<Env, "DB">, affiliates: readonly string[]): Promise<Child> {
  const others = await othersPaidTo(env, affiliates);
  const groups = new Map([...others].map(([slug, more]) => [slug, ...more].sort()).map((all) => [all.join(" "), all]));
  if (groups.size === 0) return null;
  const shown = [...groups.values()].slice(0, MOST_GROUPS);
  return (
    <Notice tone="warn">
      {shown.map((slugs) => (
        <p>
          Paid to the same account:{" "}
          {slugs.map((slug, index) => (
            <>
              {index === 0 ? null : ", "}
              <Named of="affiliate" slug={slug} href={`/affiliates/${encodeURIComponent(slug)}`} />
            </>
          ))}
          .
        </p>
      ))}
      {groups.size > shown.length ? <p>And {groups.size - shown.length} more accounts that several share.</p> : null}
    </Notice>
  );
}
