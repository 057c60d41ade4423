/** What somebody is told who found nothing, or whose request failed: a browser gets a page, a program gets JSON. */
import type { Env } from "../env.ts";
import { type Problem, problemHead, problemResponse } from "../web/problem.ts";
import { findVisitor } from "../web/visitor.ts";
import { htmlAnswer } from "./answers.ts";
import { Document } from "./layout.tsx";
import { problemPage } from "./page-routes.tsx";
import { ProblemBody } from "./problem.tsx";

export async function lostPage(env: Env, request: Request, problem: Problem): Promise<Response> {
  const isBrowser = (request.headers.get("accept") ?? "").includes("text/html");
  if (!isBrowser || new URL(request.url).pathname.startsWith("/api/")) return problemResponse(problem);
  // What failed may be what tells visitors apart.
  const visitor = await findVisitor(env, request, Date.now()).catch(() => null);
  if (visitor !== null && visitor !== "stranger") return problemPage(request, visitor, problem);
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
