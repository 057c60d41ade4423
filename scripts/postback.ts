/** `npm run postback`: a small sender. It sends one postback with a token or signed, and prints the request, the answer and, with `--wait`, what became of it. */
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { isRecord } from "../workers/core/is-record.ts";
import { PARAMETER_FACTS, RIDING_FACTS } from "../workers/core/riding-facts.ts";
import {
  describeRequest,
  type Parameters,
  type SenderRequest,
  signedGet,
  signedPost,
  tokenGet,
  tokenPost,
  withToken,
} from "../workers/core/sender/requests.ts";
import { runCommand } from "./command.ts";
import type { ConsoleFetch } from "./console-api.ts";
import { reach } from "./reach.ts";
import { settledReceipt } from "./sender/receipts.ts";
import { findTarget, TARGET_OPTIONS, TARGET_USAGE, type Target } from "./sender/target.ts";

/** Parameters of the postback that are options under their own names, with dashes. */
const PARAMETERS = [
  "event",
  "txid",
  "also_txid",
  "status",
  "refund_id",
  "refunded_total",
  "amount",
  "revenue",
  "currency",
  "occurred_at",
  ...PARAMETER_FACTS.map((name) => RIDING_FACTS[name].column),
  "idempotency_key",
];
/** All that are, by their options. */
const OPTIONS: ReadonlyMap<string, string> = new Map([
  ["click", "click_id"],
  ...PARAMETERS.map((name): [string, string] => [name.replaceAll("_", "-"), name]),
]);
const USAGE = `usage: npm run postback -- ${TARGET_USAGE}
  [${[...OPTIONS.keys()].map((option) => `--${option} …`).join("] [")}] [--test] [--param NAME=VALUE …] [--sign] [--post] [--wait]`;
/** A fresh click's postback waits a minute for the click's log row at most. */
const SETTLED_WITHIN_MS = 90_000;
/** What a receipt says of a message that is in the books, or will be once its sale comes. */
const BOOKED: readonly string[] = ["attributed", "updated", "duplicate", "parked"];

await runCommand(run, { failure: "The postback cannot be sent", usage: USAGE });

/** True when the postback was accepted and, where it was waited for, is in the books. */
async function run(): Promise<boolean> {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries([...OPTIONS.keys()].map((option) => [option, text])),
      ...TARGET_OPTIONS,
      param: { type: "string", multiple: true, default: [] },
      test: flag,
      sign: flag,
      post: flag,
      wait: flag,
    },
  });
  const target = await findTarget(values, process.env);
  const { fetchConsole } = target;
  if (values.wait && !fetchConsole) throw new Error("--wait asks the console: name it with --console");
  const request = requestOf(target, readParameters(values), values);
  console.log(
    describeRequest(
      request,
      [target.token, target.secret].filter((secret) => secret !== null),
    ),
  );
  const answer = await reach(request.url, request);
  const body = await answer.text();
  console.log(`\n${answer.status} ${body}`);
  if (answer.status === 401 && target.auth === "signed" && !values.sign)
    console.log(`${target.advertiser} takes signed postbacks only: add --sign`);
  if (!values.wait || !fetchConsole || answer.status !== 200) return answer.status === 200;
  return told(fetchConsole, receiptIn(body));
}

function readParameters(values: { param: string[]; test: boolean }): Parameters {
  const parameters: Record<string, string> = {};
  for (const [option, value] of Object.entries(values)) {
    const name = OPTIONS.get(option);
    if (name !== undefined && typeof value === "string") parameters[name] = value;
  }
  for (const pair of values.param) {
    const at = pair.indexOf("=");
    if (at < 1) throw new Error(`--param takes NAME=VALUE, and is ${JSON.stringify(pair)}`);
    parameters[pair.slice(0, at)] = pair.slice(at + 1);
  }
  if (values.test) parameters.test = "1";
  return parameters;
}

function requestOf(
  target: Target,
  parameters: Parameters,
  { sign, post }: { sign: boolean; post: boolean },
): SenderRequest {
  const address = `${target.origin}/p/${encodeURIComponent(target.advertiser)}`;
  const { token } = target;
  if (!sign) return post ? tokenPost(address, parameters, token) : tokenGet(address, parameters, token);
  if (target.secret === null) throw new Error("--sign needs the signing secret: --secret or SIGNING_SECRET");
  const name = randomBytes(12).toString("hex");
  const nowS = Math.floor(Date.now() / 1000);
  const signed = post
    ? signedPost(address, parameters, target.secret, { nowS, name: `msg_${name}` })
    : signedGet(address, parameters, target.secret, { nowS, name });
  // In signed mode nobody needs the token, so it stays at home.
  return target.auth === "signed" ? signed : withToken(signed, token);
}

/** Prints what became of the message. */
async function told(fetchConsole: ConsoleFetch, receipt: string | null): Promise<boolean> {
  if (receipt === null) throw new Error("--wait needs a receipt, and return has the answer be another text");
  const settled = await settledReceipt(fetchConsole, receipt, SETTLED_WITHIN_MS);
  if (!settled) {
    console.log(`not settled after ${SETTLED_WITHIN_MS / 1000} s`);
    return false;
  }
  const { status, reason, message, duplicateOf, conversion } = settled;
  const parts = [
    reason === null ? status : `${status}: ${reason}`,
    conversion === null ? null : `conversion ${conversion}`,
    duplicateOf === null ? null : `duplicate of ${duplicateOf}`,
    message,
  ];
  console.log(parts.filter((part) => part !== null).join("\n  "));
  return BOOKED.includes(status);
}

/** The receipt in an answer; null when `return` asked for text. */
function receiptIn(body: string): string | null {
  try {
    const parsed: unknown = JSON.parse(body);
    return isRecord(parsed) && typeof parsed.receipt === "string" ? parsed.receipt : null;
  } catch {
    return null;
  }
}
