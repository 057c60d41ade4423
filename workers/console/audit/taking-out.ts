/** Lists of the API that are read through: whoever does takes as much out as an export, and is logged as for one. */
import type { MiddlewareHandler } from "hono";
import type { ConsoleEnv } from "../web/call.ts";
import { logDeedHourly } from "./deeds.ts";

/** Pages of the console have no more rows. */
const LONGEST_PAGE = 200;

/** Logs who sees the whole programme and reads a list behind its first page, or in longer pages than the console has: by the list alone, since a filter may be somebody's order. */
export const logTakingOut: MiddlewareHandler<ConsoleEnv> = async (context, next) => {
  await next();
  const { env, req, res } = context;
  const caller = context.get("caller");
  if (req.method !== "GET" || res.status !== 200 || caller?.scope !== "everything") return;
  const isReadThrough = req.query("cursor") !== undefined || Number(req.query("limit")) > LONGEST_PAGE;
  if (!isReadThrough) return;
  const deed = { action: "export", kind: "export", subject: req.path.replace("/api/", ""), after: null } as const;
  await logDeedHourly(env, { by: caller, atMs: Date.now() }, deed);
};
