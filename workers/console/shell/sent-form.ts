/** Forms that browsers send: read within a limit, and told apart from those that other sites send. */
import { equalText } from "../../core/equal.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Problem } from "../web/problem.ts";

const MAX_FORM_BYTES = 1_048_576;

/** The fields of a form. Refuses what no browser sends for one. */
export async function readFields(request: Request): Promise<Result<URLSearchParams, Problem>> {
  const type = request.headers.get("content-type") ?? "";
  const length = Number(request.headers.get("content-length") ?? "NaN");
  if (!/^application\/x-www-form-urlencoded\b/i.test(type))
    return refuse({ name: "unsupported_content_type", detail: "Send the form of the page." });
  if (!(length <= MAX_FORM_BYTES)) return refuse({ name: "too_large", detail: "A form has at most a megabyte." });
  return accept(new URLSearchParams(await request.text()));
}

/** The same, from a page that was made for the session with this CSRF token. */
export async function readOwnFields(request: Request, csrf: string): Promise<Result<URLSearchParams, Problem>> {
  const form = await readFields(request);
  if (!form.ok || (isFromHere(request) && equalText(form.value.get("csrf") ?? "", csrf))) return form;
  return refuse({
    name: "not_allowed",
    detail: "This form was not sent from a page of your present session, so nothing was changed: load the page again.",
  });
}

/** True when the browser says that a page of ours sent this. */
export function isFromHere(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin";
  return request.headers.get("origin") === new URL(request.url).origin;
}
