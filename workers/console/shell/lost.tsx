/** What somebody is told who found nothing, or whose request failed: a browser gets a page, a program gets JSON. */
import type { Env } from "../env.ts";
import { type Problem, problemHead, problemResponse } from "../web/problem.ts";
import { findUser } from "../web/user.ts";
import { htmlAnswer } from "./browser-answers.ts";
import { Document } from "./layout.tsx";
import { problemPage } from "./page-routes.tsx";
import { ProblemBody } from "./problem-body.tsx";

export async function lostPage(env: Env, request: Request, problem: Problem): Promise<Response> {
  const isBrowser = (request.headers.get("accept") ?? "").includes("text/html");
  if (!isBrowser || new URL(request.url).pathname.startsWith("/api/")) return problemResponse(problem);
  // What failed may be what tells users apart.
  const user = await findUser(env, request, Date.now()).catch(() => null);
  if (user !== null && user !== "stranger") return problemPage(request, user, problem);
  const { status, title } = problemHead(problem.name);
  const page = (
    <Document request={request} title={title}>
      <main class="door">
        <ProblemBody title={title} detail={problem.detail} />
      </main>
    </Document>
  );
  return htmlAnswer(page, status);
}
