/** Said before statements become final, where nobody has said who issues them: they would name nobody, and never change. */
import type { Env } from "../env.ts";
import { Notice } from "../shell/parts/section.tsx";
import { readIssuer } from "./issuer.ts";

/** Nothing where it was said. */
export async function noIssuer(env: Pick<Env, "DB">) {
  if ((await readIssuer(env)) !== null) return null;
  return (
    <Notice tone="warn">
      <p>
        Nobody has said yet who issues statements: those that become final now name nobody, for good.{" "}
        <a href="/issuer">Say who issues them</a> before.
      </p>
    </Notice>
  );
}
