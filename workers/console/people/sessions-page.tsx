/** One's own session: since when one is signed in here, as what, and the button that signs one out everywhere. */

import { formatInstant } from "../../core/instant.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import { EVERYONE } from "../../core/roles.ts";
import { logDeed } from "../audit/deeds.ts";
import { seeOther } from "../shell/browser-answers.ts";
import type { Look, Page, PageView } from "../shell/page.ts";
import { Card, Head } from "../shell/parts/section.tsx";
import { Details, Time } from "../shell/parts/values.tsx";
import type { Problem } from "../web/problem.ts";
import { sinceOf } from "../web/session.ts";
import { signOutEverywhere, type User } from "../web/user.ts";

const THROUGH = { token: "with a token", link: "by a link", access: "through Cloudflare Access" } as const;

export const sessionsPage: Page = {
  path: "/sessions",
  roles: EVERYONE,
  async show({ user }) {
    return accept({ title: "Signed in", body: <Session user={user} /> });
  },
  act: signOutOfAll,
};

async function signOutOfAll({ env, user, request, nowMs }: Look): Promise<Result<PageView | Response, Problem>> {
  const { session, caller } = user;
  if (session === null)
    return refuse({ name: "not_found", detail: "Cloudflare Access has its own sessions: they are ended there." });
  const cookie = await signOutEverywhere(env, request, session, nowMs);
  const deed = { action: "sign out everywhere", kind: "session", subject: caller.name, after: null } as const;
  await logDeed(env, { by: caller, atMs: nowMs }, deed);
  return accept(seeOther("/sign-in", { "set-cookie": cookie }));
}

function Session({ user: { caller, session, through } }: { user: User }) {
  return (
    <>
      <Head title="Signed in">
        As <bdi>{caller.name}</bdi>, with the role {caller.role}.
      </Head>
      <Card title="Here">
        <Details
          details={[
            ["Signed in", THROUGH[through]],
            ["Since", session === null ? null : <Time at={formatInstant(sinceOf(session))} />],
            ["Until", session === null ? null : <Time at={formatInstant(session.exp * 1_000)} />],
          ]}
        />
      </Card>
      {session === null ? null : (
        <Card title="Everywhere">
          <p>
            {through === "token"
              ? "Ends the sessions of everybody who has signed in with this token, here and elsewhere. The token itself still opens the console: who has lost it has it revoked."
              : "Ends all of your sessions, here and elsewhere. To come in again you need another link, which an admin makes."}
          </p>
          <form method="post">
            <button type="submit" class="danger">
              Sign out everywhere
            </button>
          </form>
        </Card>
      )}
    </>
  );
}
