/** Forms that browsers send: told apart from those that other sites send, and read within a limit. */
import { csrf } from "hono/csrf";
import { readBody } from "../../core/bounded-body.ts";
import { accept, type Result, refuse } from "../../core/result.ts";
import type { Problem } from "../web/problem.ts";

const MAX_FORM_BYTES = 1_048_576;
/** The page to sign in on may have a whole form as one of its fields, of which each byte becomes three at most; and the others beside it. */
export const MAX_SIGN_IN_BYTES = 3 * MAX_FORM_BYTES + 65_536;
/** A file of sixteen megabytes, and the fields beside it. */
const MAX_UPLOAD_BYTES = 17 * 1_048_576;

/**
 * Lets by what the browser says a page of ours sent: with `Sec-Fetch-Site: same-origin`, or with our `Origin`. No page can
 * write either, and every browser in use sends one with each POST; a form with neither is refused. That alone must hold
 * where Access lets people in, since its cookie may come along from other sites. A token in each form would defend against
 * a browser that is wrong about where a request comes from, and such a browser could hand the token out as well.
 */
export const fromHere = csrf();

/** What is said to a form that is not from here. */
export const NOT_FROM_HERE: Problem = {
  name: "not_allowed",
  detail: "This form was not sent from a page of the console, so nothing was changed: load the page again.",
};

/** The fields of a form. Refuses what no browser sends for one, and with it every type that `fromHere` does not look at. */
export async function readFields(
  request: Request,
  mostBytes: number = MAX_FORM_BYTES,
): Promise<Result<URLSearchParams, Problem>> {
  const type = request.headers.get("content-type") ?? "";
  const length = Number(request.headers.get("content-length") ?? "NaN");
  if (!/^application\/x-www-form-urlencoded\b/i.test(type))
    return refuse({ name: "unsupported_content_type", detail: "Send the form of the page." });
  if (!(length <= mostBytes)) return refuse({ name: "too_large", detail: "A form has at most a megabyte." });
  return accept(new URLSearchParams(await request.text()));
}

/** The fields of a form and its file, empty where none was chosen. Refuses every type that `fromHere` does not look at. */
export async function readUpload(
  request: Request,
): Promise<Result<{ form: URLSearchParams; file: Uint8Array }, Problem>> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^multipart\/form-data\b/i.test(type))
    return refuse({ name: "unsupported_content_type", detail: "Send the form of the page." });
  const { body, bodyFault } = await readBody(request, MAX_UPLOAD_BYTES);
  if (bodyFault === "too_large") return refuse({ name: "too_large", detail: "A file has at most 16 MiB." });
  try {
    const sent = await new Response(body, { headers: { "content-type": type } }).formData();
    const form = new URLSearchParams();
    let file = new Uint8Array(0);
    for (const [name, value] of sent) {
      if (typeof value === "string") form.append(name, value);
      else file = new Uint8Array(await value.arrayBuffer());
    }
    return accept({ form, file });
  } catch {
    return refuse({ name: "malformed_request", detail: "Send the form of the page." });
  }
}
