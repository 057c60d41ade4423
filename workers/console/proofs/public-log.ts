/** The signed log for everybody: its newest checkpoint, those before it, its tiles, and the keys that it is checked with. */
import type { Context, Hono } from "hono";
import { CHECKPOINT, checkpointName, tileName } from "../../core/signed-log/log-names.ts";
import { openPublicKeys, publishedKeys } from "../../core/signed-log/proof-keys.ts";
import { KEYS_PATH } from "../../core/signed-log/published-keys.ts";
import type { ConsoleEnv } from "../web/call.ts";
import { problemResponse } from "../web/problem.ts";

const FOR_EVER = "public, max-age=31536000, immutable";
/** A checkpoint comes every minute; a verifier that asks more often may be told of one before. */
const FOR_SECONDS = "public, max-age=5";
const FOR_AN_HOUR = "public, max-age=3600";
const TEXT = "text/plain; charset=utf-8";
const TILE = /^tile\/(?:[0-9]|[1-5]\d|6[0-3]|entries)\/(?:x\d{3}\/)*\d{3}(?:\.p\/[1-9]\d{0,2})?$/;
const NUMBER = /^[1-9]\d{0,14}$/;

export function routePublicLog(app: Hono<ConsoleEnv>): void {
  app.get(KEYS_PATH, async ({ env }) => {
    const keys = publishedKeys(await openPublicKeys(env.PROOF_PUBLIC_KEYS));
    return Response.json(keys, { headers: { "cache-control": FOR_AN_HOUR } });
  });
  app.get("/log/checkpoint", (context) => send(context, CHECKPOINT, TEXT, FOR_SECONDS));
  app.get("/log/checkpoints/:number", (context) => {
    const number = context.req.param("number");
    return NUMBER.test(number) ? send(context, checkpointName(Number(number)), TEXT, FOR_EVER) : nothingAt(context);
  });
  app.get("/log/tile/*", (context) => {
    const path = context.req.path.slice("/log/".length);
    return TILE.test(path) ? send(context, tileName(path), "application/octet-stream", FOR_EVER) : nothingAt(context);
  });
}

async function send(
  context: Context<ConsoleEnv>,
  name: string,
  contentType: string,
  cacheControl: string,
): Promise<Response> {
  const object = await context.env.ARCHIVE.get(name);
  if (!object) return nothingAt(context);
  const headers = { "content-type": contentType, "cache-control": cacheControl, "access-control-allow-origin": "*" };
  return new Response(object.body, { headers });
}

function nothingAt({ req }: Context<ConsoleEnv>): Response {
  const detail = `The signed log has nothing at ${req.path}: it has a checkpoint for each minute in which something was entered, and the tiles that its size needs.`;
  return problemResponse({ name: "not_found", detail });
}
