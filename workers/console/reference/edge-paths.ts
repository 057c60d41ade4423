/** What click and postback worker answer, for the OpenAPI document: docs/links.md and docs/postbacks.md say the same at length. */
import { SUB_ID_COUNT } from "../../core/click/sub-ids.ts";
import type { PARAMETER_NAMES } from "../../core/postback/parameter-names.ts";
import { SENT_STATUSES } from "../../core/postback/sent-status.ts";
import { REFUSALS } from "../../core/reasons.ts";
import type { Env } from "../env.ts";
import type { EdgePaths } from "../web/openapi.ts";

/** A parameter as JSON Schema, with what it means. */
interface Said {
  description: string;
  type?: "string" | "integer";
  enum?: readonly string[];
}

const DECIMAL = "with a decimal point, at most 6 decimals";

/** What each parameter of a postback says. */
const POSTBACK_PARAMETERS: Record<(typeof PARAMETER_NAMES)[number], Said> = {
  click_id: { description: "The click ID that the link's redirect gave, unchanged" },
  event: { description: "One of the offer's events; its first where none is said" },
  txid: { description: "The order's number: an order counts once" },
  also_txid: { description: "Another name of the same order" },
  status: { description: "approved where none is said of a new order", enum: SENT_STATUSES },
  refund_id: { description: "Names one refund, so that it counts once" },
  refunded_total: { description: `How much was given back so far, ${DECIMAL}` },
  amount: { description: `What was sold, ${DECIMAL}; of a refund what is given back` },
  revenue: { description: `What the advertiser pays for it, ${DECIMAL}, where the event's revenue is posted` },
  currency: { description: "ISO 4217; the offer's where none is said" },
  occurred_at: { description: "When it happened: Unix seconds or milliseconds, or RFC 3339" },
  coupon: { description: "The coupon that was used" },
  customer: { description: "Whether the customer bought before", enum: ["new", "returning"] },
  test: { description: "1: shown as a test, never counted, never paid" },
  return: { description: "Text to be answered instead of JSON, at most 64 of A-Z a-z 0-9 _ . ; = -" },
  idempotency_key: { description: "The sender's own name for this message: sent again it has one effect" },
  token: { description: "The advertiser's postback token, where it does not come as Authorization: Bearer" },
  ts: { description: "Of a signed URL: Unix seconds", type: "integer" },
  nonce: { description: "Of a signed URL: 8 to 64 of A-Z a-z 0-9 _ -" },
  sig: { description: "Of a signed URL, last: the HMAC-SHA256 in hexadecimal digits" },
};

/** What of them stands in no body. */
const IN_URLS = ["ts", "nonce", "sig"];

const CLICK_PARAMETERS: Record<string, Said> = {
  ...Object.fromEntries(
    Array.from({ length: SUB_ID_COUNT }, (_, index) => [
      `sub${index + 1}`,
      { description: "The affiliate's own word" },
    ]),
  ),
  external_id: { description: "The traffic source's own click ID" },
  url: { description: "A page of the shop, https, whose host is on the offer's list" },
  consent: { description: "0: the visitor did not agree", enum: ["0", "1"] },
  ad_consent: { description: "0: no ad platform is told", enum: ["0", "1"] },
  test: { description: "1: a test click, where the link is for testing", enum: ["0", "1"] },
};

const ADVERTISER = pathParameter("advertiser", "The advertiser's slug");
const SECURITY = [{ postbackToken: [] }, { tokenParameter: [] }, {}];
/** What a postback may be answered with besides 200, in one form. */
const REFUSED = [400, 401, 403, 404, 405, 413, 415, 429, 503];

/** The paths of both workers, each under its own address. */
export function edgePaths({ CLICK_ORIGIN, POSTBACK_ORIGIN }: Pick<Env, "CLICK_ORIGIN" | "POSTBACK_ORIGIN">): EdgePaths {
  const atPostbacks = { servers: [{ url: POSTBACK_ORIGIN }] };
  return {
    tags: [
      { name: "clicks", description: "What a visitor's browser asks for" },
      { name: "conversions by postback", description: "What advertisers' servers, shops and trackers send" },
    ],
    paths: {
      "/c/{slug}": { servers: [{ url: CLICK_ORIGIN }], get: click() },
      "/p/{advertiser}": { ...atPostbacks, get: postbackByUrl(), post: postbackByBody() },
      "/p/{advertiser}.gif": { ...atPostbacks, get: pixel() },
      "/p/{advertiser}/batch": { ...atPostbacks, post: batch() },
      "/p/{advertiser}/{source}": { ...atPostbacks, post: webhook() },
    },
    schemas: {
      SentPostback: {
        type: "object",
        properties: Object.fromEntries(
          Object.entries(POSTBACK_PARAMETERS)
            .filter(([name]) => !IN_URLS.includes(name))
            .map(([name, said]) => [name, schemaOf(said)]),
        ),
        additionalProperties: true,
        description: "meta.… adds up to ten facts of the sender's own; aliases of other trackers' names are read too.",
      },
      Accepted: {
        type: "object",
        properties: { status: { const: "accepted" }, receipt: { type: "string" } },
        required: ["status", "receipt"],
      },
      Refused: {
        type: "object",
        properties: {
          status: { const: "refused" },
          reason: { type: "string", enum: Object.keys(REFUSALS) },
          parameter: { type: "string" },
          message: { type: "string" },
          receipt: { type: "string" },
        },
        required: ["status", "reason", "message"],
      },
    },
    securitySchemes: {
      postbackToken: { type: "http", scheme: "bearer", description: "The advertiser's postback token" },
      tokenParameter: { type: "apiKey", in: "query", name: "token", description: "The same token in the URL" },
    },
  };
}

function click(): object {
  const gone = (description: string) => ({ description, content: { "text/plain": { schema: { type: "string" } } } });
  return {
    operationId: "followLink",
    summary: "Follow a link",
    description: "Issues a click ID and leads to the offer's page. Links take more than this: docs/links.md.",
    tags: ["clicks"],
    security: [],
    parameters: [pathParameter("slug", "The link's slug"), ...queryParameters(CLICK_PARAMETERS)],
    responses: {
      302: { description: "To the destination", headers: { location: { schema: { type: "string" } } } },
      404: gone("There is no such link"),
      410: gone("It is over, and its offer has no fallback"),
      default: gone("What the platform in front of the worker answers"),
    },
  };
}

function postbackByUrl(): object {
  return {
    ...postback("sendPostback", "Say what happened behind a click or to an order"),
    parameters: [
      ADVERTISER,
      ...queryParameters(Object.fromEntries(Object.entries(POSTBACK_PARAMETERS).filter(([name]) => name !== "token"))),
    ],
  };
}

function postbackByBody(): object {
  const schema = reference("SentPostback");
  const content = { "application/json": { schema }, "application/x-www-form-urlencoded": { schema } };
  return {
    ...postback("postPostback", "Say what happened, as JSON or as a form"),
    parameters: [ADVERTISER],
    requestBody: { required: true, content },
  };
}

function pixel(): object {
  const { token: _, return: __, ts: ___, nonce: ____, sig: _____, ...parameters } = POSTBACK_PARAMETERS;
  return {
    operationId: "showPixel",
    summary: "Say by an image what happened",
    description: "A claim, which earns nothing until the sender speaks or an operator confirms it.",
    tags: ["conversions by postback"],
    security: [],
    parameters: [ADVERTISER, ...queryParameters(parameters)],
    responses: {
      200: { description: "An image, whatever happens", content: { "image/gif": { schema: BYTES } } },
      405: { description: "Ask with GET" },
    },
  };
}

function batch(): object {
  const lines = { schema: { type: "string", description: "An object a line, or a header line and records" } };
  return {
    operationId: "sendBatch",
    summary: "Send a file of postbacks",
    description: "At most 10,000 rows or 8 MiB; larger files are split by the sender.",
    tags: ["conversions by postback"],
    security: SECURITY,
    parameters: [ADVERTISER],
    requestBody: { required: true, content: { "application/x-ndjson": lines, "text/csv": lines } },
    responses: {
      200: {
        description: "A line for each row: accepted or refused, as a postback is answered",
        content: { "application/x-ndjson": { schema: { type: "string" } } },
      },
      ...refusedAnswers(),
    },
  };
}

function webhook(): object {
  return {
    operationId: "sendWebhook",
    summary: "Take a shop's or billing platform's own webhook",
    description: "It proves itself as that sender does: see docs/sources.md.",
    tags: ["conversions by postback"],
    security: [],
    parameters: [ADVERTISER, pathParameter("source", "The source's path")],
    requestBody: { required: true, content: { "application/json": { schema: { type: "object" } } } },
    responses: { 200: { description: "Taken, in the words that the sender expects" }, ...refusedAnswers() },
  };
}

function postback(operationId: string, summary: string) {
  return {
    operationId,
    summary,
    description: "Accepted once the queue has it on disk. Signed requests and aliases: docs/postbacks.md.",
    tags: ["conversions by postback"],
    security: SECURITY,
    responses: {
      200: {
        description: "The queue has it on disk; the receipt tells what became of it",
        content: { "application/json": { schema: reference("Accepted") } },
      },
      ...refusedAnswers(),
    },
  };
}

function refusedAnswers(): Record<string, object> {
  const description = "Refused: the reason says what to change";
  const content = { "application/json": { schema: reference("Refused") } };
  return Object.fromEntries(REFUSED.map((status) => [status, { description, content }]));
}

const BYTES = { type: "string", format: "binary" };

function reference(name: string): object {
  return { $ref: `#/components/schemas/${name}` };
}

function schemaOf({ type = "string", ...said }: Said): object {
  return { type, ...said };
}

function pathParameter(name: string, description: string): object {
  return { name, in: "path", required: true, description, schema: { type: "string" } };
}

function queryParameters(parameters: Readonly<Record<string, Said>>): object[] {
  return Object.entries(parameters).map(([name, { description, ...rest }]) => ({
    name,
    in: "query",
    required: false,
    description,
    schema: schemaOf({ ...rest, description }),
  }));
}
