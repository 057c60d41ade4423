/** One call of the API: what it takes, who may make it and what it does. The routes and the OpenAPI document are both made from it. */
import type { Context, Hono } from "hono";
import * as v from "valibot";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Role } from "../../core/roles.ts";
import type { Env } from "../env.ts";
import { findBearer } from "./bearer.ts";
import { bearerToken, type Caller } from "./caller.ts";
import { parameters, readBody, readJson, readQuery, type Schema } from "./input.ts";
import { type Problem, problemResponse } from "./problem.ts";
import { traceOf, wayOfToken } from "./trace.ts";
import { readingUser } from "./user.ts";
import { budgetOf, callerMet, rememberCaller, withinBudget } from "./within-budget.ts";

type Method = "get" | "post" | "put" | "patch" | "delete";

export interface ConsoleEnv {
  Bindings: Env;
  /** Who was let in to a call. */
  Variables: { caller?: Caller };
}

/** A request that has been let in and read. */
export interface CallRequest<Query, Body> {
  env: Env;
  caller: Caller;
  nowMs: number;
  /** The path's first parameter; empty where it has none. */
  key: string;
  /** The path's parameters, by name. */
  place: Readonly<Record<string, string>>;
  query: Query;
  body: Body;
  /** The request as it came, for headers. */
  request: Request;
}

/** What every call says of itself. */
interface CallHead {
  method: Method;
  /** With its parameters: `/api/offers/:slug`. */
  path: string;
  summary: string;
  roles: readonly Role[];
  /** Status of the good answer. */
  status: 200 | 201 | 202 | 204;
  /** What the good answer looks like, for the OpenAPI document; absent where it is not JSON. */
  answer?: Schema;
  /** Content types of good answers that are not JSON. */
  produces?: readonly string[];
  /** What it may be refused with besides what follows from what it takes: that there is nothing, that it is not possible now, that it is there no more, or that it is too much. */
  alsoRefused?: readonly (404 | 409 | 410 | 413)[];
  /** Content types of a body that is not JSON: a file. */
  takes?: readonly string[];
}

interface CallSpec<Query, Body> extends CallHead {
  query: Schema<Query>;
  body: Schema<Body>;
  /** Gives what is answered as JSON, or a whole response. */
  handle(request: CallRequest<Query, Body>): Promise<Result<unknown, Problem>>;
}

/** A call, its types folded away. */
export interface Call extends CallHead {
  query: Schema;
  body: Schema;
  run(context: Context<ConsoleEnv>): Promise<Response>;
}

export const NO_QUERY = parameters({});
export const NO_BODY = v.undefined();

export function call<Query, Body>(spec: CallSpec<Query, Body>): Call {
  const { handle: _, ...head } = spec;
  return { ...head, run: (context) => answerCall(spec, context) };
}

/** Registers calls as routes. */
export function routeCalls(app: Hono<ConsoleEnv>, calls: readonly Call[]): void {
  for (const { method, path, run } of calls) app.on(method.toUpperCase(), path, run);
}

/** The caller, when the token is known and of one of `roles`; for what is only read, somebody signed in to the console is a caller too. */
export async function admit(env: Env, request: Request, roles: readonly Role[]): Promise<Result<Caller, Problem>> {
  const token = bearerToken(request);
  const caller = token === null ? await signedInCaller(env, request) : await bearer(env, request, token);
  if (!caller.ok || roles.includes(caller.value.role)) return caller;
  const detail = `A token of the role ${caller.value.role} may not make this call: it takes ${roles.join(" or ")}.`;
  return refuse({ name: "not_allowed", detail });
}

async function signedInCaller(env: Env, request: Request): Promise<Result<Caller, Problem>> {
  const caller = await readingUser(env, request);
  return caller ? accept(caller) : refuse({ name: "not_signed_in", detail: "Send a token as Authorization: Bearer." });
}

async function bearer(env: Env, request: Request, token: string): Promise<Result<Caller, Problem>> {
  const caller = await findBearer(env, request, token, Date.now());
  return caller.ok ? accept({ ...caller.value, trace: await traceOf(env, request, wayOfToken(request)) }) : caller;
}

async function answerCall<Query, Body>(spec: CallSpec<Query, Body>, context: Context<ConsoleEnv>): Promise<Response> {
  const { env, req } = context;
  const token = bearerToken(req.raw);
  const met = token === null ? undefined : callerMet(token);
  const answer = met
    ? await withinBudget(met, Date.now(), async () => {
        const caller = await admit(env, req.raw, spec.roles);
        return caller.ok ? answerCaller(spec, context, caller.value) : problemResponse(caller.refusal);
      })
    : await answerUnmet(spec, context, token);
  return answer.ok ? answer.value : problemResponse(answer.refusal);
}

/** A token that this isolate has not met is looked up before there is a budget to count it in. */
async function answerUnmet<Query, Body>(
  spec: CallSpec<Query, Body>,
  context: Context<ConsoleEnv>,
  token: string | null,
): Promise<Result<Response, Problem>> {
  const caller = await admit(context.env, context.req.raw, spec.roles);
  if (!caller.ok) return caller;
  const holder = budgetOf(caller.value);
  if (token !== null) rememberCaller(token, holder);
  return withinBudget(holder, Date.now(), () => answerCaller(spec, context, caller.value));
}

async function answerCaller<Query, Body>(
  spec: CallSpec<Query, Body>,
  context: Context<ConsoleEnv>,
  caller: Caller,
): Promise<Response> {
  const { env, req } = context;
  context.set("caller", caller);
  const query = readQuery(spec.query, new URL(req.url).searchParams);
  if (!query.ok) return problemResponse(query.refusal);
  const input = takesNoBody(spec.body) ? accept(undefined) : await readJson(req.raw);
  if (!input.ok) return problemResponse(input.refusal);
  const body = readBody(spec.body, input.value);
  if (!body.ok) return problemResponse(body.refusal);
  const place = req.param();
  const request = {
    env,
    caller,
    nowMs: Date.now(),
    key: Object.values(place)[0] ?? "",
    place,
    query: query.value,
    body: body.value,
    request: req.raw,
  };
  const answer = await spec.handle(request);
  if (!answer.ok) return problemResponse(answer.refusal);
  if (answer.value instanceof Response) return answer.value;
  if (spec.status === 204) return new Response(null, { status: 204 });
  return Response.json(answer.value, { status: spec.status });
}

/** True for the schema of calls that take no body. */
export function takesNoBody(schema: Schema): boolean {
  return schema === NO_BODY;
}
