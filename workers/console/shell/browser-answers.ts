/** Answers to browsers: a page, part of one, or where to go now. */
import type { HtmlEscapedString } from "hono/utils/html";

/** What JSX makes, or the text of it: what waits for something, such as names, was waited for. */
type Html = HtmlEscapedString | Promise<HtmlEscapedString> | string;

const HEADERS = { "content-type": "text/html; charset=utf-8" };

export function htmlAnswer(page: Html, status = 200): Response {
  return new Response(`<!doctype html>${page}`, { status, headers: HEADERS });
}

/** Part of a page, which a script of ours puts into it. */
export function fragmentAnswer(part: Html): Response {
  return new Response(`${part}`, { headers: HEADERS });
}

/** Goes to another page once a form has done its work; a path of ours. */
export function seeOther(path: string, headers: Record<string, string> = {}): Response {
  return new Response(null, { status: 303, headers: { location: path, ...headers } });
}
