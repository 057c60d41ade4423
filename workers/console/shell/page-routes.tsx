/** Answers for pages: lets in who may look, shows what the page shows, and has its forms done. */
import type { Hono } from "hono";
import type { Result } from "../../core/result.ts";
import type { Role } from "../../core/roles.ts";
import type { Env } from "../env.ts";
import type { ConsoleEnv } from "../web/call.ts";
import { type Problem, problemHead } from "../web/problem.ts";
import { findUser, type User } from "../web/user.ts";
import { budgetOf, withinBudget } from "../web/within-budget.ts";
import { htmlAnswer } from "./browser-answers.ts";
import { Layout } from "./layout.tsx";
import type { Look, Page, PageView } from "./page.ts";
import { ProblemBody } from "./problem-body.tsx";
import { fromHere, readFields, readUpload } from "./sent-form.ts";
import { signInPage, signInWithForm } from "./sign-in.tsx";

export function routePages(app: Hono<ConsoleEnv>, pages: readonly Page[]): void {
  for (const page of pages) {
    const { act, upload } = page;
    app.get(page.path, ({ env, req }) =>
      answer(env, req.raw, firstOf(req.param()), page.roles, (look) => page.show(look)),
    );
    if (act)
      app.post(page.path, fromHere, ({ env, req }) =>
        answer(env, req.raw, firstOf(req.param()), page.actors ?? page.roles, async (look) => {
          const form = await readFields(req.raw);
          return form.ok ? act({ ...look, form: form.value }) : form;
        }),
      );
    if (upload)
      app.post(page.path, fromHere, ({ env, req }) =>
        answer(env, req.raw, firstOf(req.param()), page.actors ?? page.roles, async (look) => {
          const sent = await readUpload(req.raw);
          return sent.ok ? upload({ ...look, ...sent.value }) : sent;
        }),
      );
  }
}

/** What is said to somebody who asked for a page and met a problem: a page. */
export function problemPage(request: Request, user: User, problem: Problem): Response {
  const { status, title } = problemHead(problem.name);
  const page = render(request, user, { title, status, body: <ProblemBody title={title} detail={problem.detail} /> });
  if (problem.retryAfterS !== undefined) page.headers.set("retry-after", String(problem.retryAfterS));
  return page;
}

async function answer(
  env: Env,
  request: Request,
  key: string,
  roles: readonly Role[],
  work: (look: Look) => Promise<Result<PageView | Response, Problem>>,
): Promise<Response> {
  const nowMs = Date.now();
  const url = new URL(request.url);
  const user = await findUser(env, request, nowMs);
  if (user === null && request.method === "POST") return signInWithForm(request);
  if (user === null || user === "stranger") return signInPage(request, user);
  if (!roles.includes(user.caller.role)) return problemPage(request, user, notTheirs(user));
  const shown = await withinBudget(budgetOf(user.caller), nowMs, async () => {
    const done = await work({ env, user, nowMs, url, key, request });
    if (!done.ok) return problemPage(request, user, done.refusal);
    return done.value instanceof Response ? done.value : render(request, user, done.value);
  });
  return shown.ok ? shown.value : problemPage(request, user, shown.refusal);
}

function render(request: Request, user: User, { body, status = 200, ...head }: PageView): Response {
  const page = (
    <Layout request={request} user={user} {...head}>
      {body}
    </Layout>
  );
  return htmlAnswer(page, status);
}

function notTheirs({ caller }: User): Problem {
  return { name: "not_allowed", detail: `This page is not for the role ${caller.role}, with which you are signed in.` };
}

function firstOf(parameters: Record<string, string>): string {
  return Object.values(parameters)[0] ?? "";
}
