/** What went wrong, in the form of RFC 9457 (https://www.rfc-editor.org/rfc/rfc9457): what, where, and what to do about it. */

const PROBLEMS = {
  malformed_request: { status: 400, title: "The request cannot be read" },
  invalid_query: { status: 400, title: "A query parameter is not valid" },
  not_signed_in: { status: 401, title: "A valid token is needed" },
  not_allowed: { status: 403, title: "This role may not do that" },
  not_found: { status: 404, title: "There is no such thing" },
  method_not_allowed: { status: 405, title: "This path does not take this method" },
  taken: { status: 409, title: "The name is taken" },
  not_now: { status: 409, title: "This is not possible as things stand" },
  no_longer_kept: { status: 410, title: "This is no longer kept" },
  too_large: { status: 413, title: "The request is too large" },
  unsupported_content_type: { status: 415, title: "The body is not JSON" },
  invalid_input: { status: 422, title: "The input is not valid" },
  fixed: { status: 422, title: "This is fixed after creation" },
  too_many_requests: { status: 429, title: "Too many requests" },
  too_many_tries: { status: 429, title: "Too many wrong tokens" },
  internal: { status: 500, title: "Something failed here" },
  try_again: { status: 503, title: "This cannot be done at the moment" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemName = keyof typeof PROBLEMS;

/** One place that is wrong: a JSON pointer into the body (`#/events/0/payout`) or the name of a query parameter, and what to do. */
export type Fault = { pointer: string; detail: string } | { parameter: string; detail: string };

export interface Problem {
  name: ProblemName;
  /** One or two sentences: what was wrong and what to do. */
  detail: string;
  errors?: Fault[];
  /** Of what is too much: when to come again; a minute where nothing is said. */
  retryAfterS?: number;
}

/** Status and title of a problem. */
export function problemHead(name: ProblemName): { status: number; title: string } {
  return PROBLEMS[name];
}

/** What an answer of this status may be about. */
export function titlesOfStatus(status: number): string[] {
  return Object.values(PROBLEMS).flatMap((one) => (one.status === status ? [one.title] : []));
}

/** The problem as an HTTP answer, `application/problem+json`. */
export function problemResponse(problem: Problem): Response {
  const { status, title } = PROBLEMS[problem.name];
  const body = { type: `urn:clickback:problem:${problem.name}`, title, status, detail: problem.detail };
  const headers = new Headers({ "content-type": "application/problem+json" });
  if (status === 401) headers.set("www-authenticate", "Bearer");
  if (status === 429) headers.set("retry-after", String(problem.retryAfterS ?? 60));
  return new Response(JSON.stringify(problem.errors ? { ...body, errors: problem.errors } : body), { status, headers });
}

/** A body with one wrong place. */
export function invalid(pointer: string, detail: string): Problem {
  return { name: "invalid_input", detail: `${pointer}: ${detail}`, errors: [{ pointer, detail }] };
}

/** A body with several wrong places. */
export function invalidPlaces(errors: (Fault & { pointer: string })[]): Problem {
  const detail = errors.map((fault) => `${fault.pointer}: ${fault.detail}`).join(" ");
  return { name: "invalid_input", detail, errors };
}

export function notFound(kind: string, slug: string): Problem {
  return { name: "not_found", detail: `There is no ${kind} "${slug}", or it is not yours to see.` };
}

export function taken(kind: string, slug: string): Problem {
  const detail = `There already is ${kind} "${slug}". Slugs are never used again: choose another one.`;
  return { name: "taken", detail, errors: [{ pointer: "#/slug", detail }] };
}

/** A change of fields that history hangs on. */
export function fixedAfterCreation(kind: string, fields: readonly string[]): Problem {
  const detail = `of ${kind} is fixed after creation, because history hangs on it: leave it out, or create another one.`;
  return {
    name: "fixed",
    detail: `${fields.join(", ")} ${detail}`,
    errors: fields.map((field) => ({ pointer: `#/${field}`, detail: `${field} ${detail}` })),
  };
}
