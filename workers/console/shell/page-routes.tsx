/** Answers for pages: lets in who may look, shows what the page shows, and has its forms done. */
import type { Hono } from "hono";
import type { Result } from "../../core/result.ts";
import type { Role } from "../../core/roles.ts";
import type { Env } from "../env.ts";
import type { ConsoleEnv } from "../web/call.ts";
import type { Caller } from "../web/caller.ts";
import { type Problem, problemHead } from "../web/problem.ts";
import { findUser, type User } from "../web/user.ts";
import { budgetOf, withinBudget } from "../web/within-budget.ts";
import { fragmentAnswer, htmlAnswer } from "./browser-answers.ts";
import { Layout } from "./layout.tsx";
import type { Look, Page, PageAnswer, PageView } from "./page.ts";
import { type NamesOnPage, type SlugsOnPage, WithNames } from "./parts/named.tsx";
import { ProblemBody } from "./problem-body.tsx";
import { fromHere, readFields, readUpload } from "./sent-form.ts";
import { signInPage, signInWithForm } from "./sign-in.tsx";

/** Reads the names of what stands on a page, as far as the caller may be told them. */
type ReadNames = (env: Env, caller: Caller, slugs: SlugsOnPage) => Promise<NamesOnPage>;

export function routePages(app: Hono<ConsoleEnv>, pages: readonly Page[], readNames: ReadNames): void {
  const answer = answerWith(readNames);
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
  const body = <ProblemBody title={title} detail={problem.detail} />;
  const page = htmlAnswer(framed(request, user, { title, body }), status);
  if (problem.retryAfterS !== undefined) page.headers.set("retry-after", String(problem.retryAfterS));
  return page;
}

function answerWith(readNames: ReadNames) {
  return (
    env: Env,
    request: Request,
    key: string,
    roles: readonly Role[],
    work: (look: Look) => Promise<Result<PageAnswer, Problem>>,
  ): Promise<Response> =>
    answer(env, request, roles, async (user, look) => {
      const done = await work({ ...look, key });
      if (!done.ok) return problemPage(request, user, done.refusal);
      const shown = done.value;
      if (shown instanceof Response) return shown;
      const content = "part" in shown ? shown.part : framed(request, user, shown);
      const named = <WithNames read={(slugs) => readNames(env, user.caller, slugs)}>{content}</WithNames>;
      const text: string = await named.toString();
      return "part" in shown ? fragmentAnswer(text) : htmlAnswer(text, shown.status);
    });
}

async function answer(
  env: Env,
  request: Request,
  roles: readonly Role[],
  show: (user: User, look: Omit<Look, "key">) => Promise<Response>,
): Promise<Response> {
  const nowMs = Date.now();
  const url = new URL(request.url);
  const user = await findUser(env, request, nowMs);
  if (user === null && request.method === "POST") return signInWithForm(request);
  if (user === null || user === "stranger") return signInPage(request, user);
  if (!roles.includes(user.caller.role)) return problemPage(request, user, notTheirs(user));
  const shown = await withinBudget(budgetOf(user.caller), nowMs, () => show(user, { env, user, nowMs, url, request }));
  return shown.ok ? shown.value : problemPage(request, user, shown.refusal);
}

function framed(request: Request, user: User, { body, status: _, ...head }: PageView) {
  return (
    <Layout request={request} user={user} {...head}>
      {body}
    </Layout>
  );
}

function notTheirs({ caller }: User): Problem {
  return { name: "not_allowed", detail: `This page is not for the role ${caller.role}, with which you are signed in.` };
}

function firstOf(parameters: Record<string, string>): string {
  return Object.values(parameters)[0] ?? "";
}
