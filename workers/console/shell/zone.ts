/** The viewer's time zone: a script of the pages tells it in a cookie. */
import { parse } from "hono/utils/cookie";
import { isTimeZone } from "../../core/metrics/time-zone.ts";

/** UTC until it is known. */
export function zoneOf(request: Request): string {
  const { zone = "" } = parse(request.headers.get("cookie") ?? "", "zone");
  return zone !== "" && isTimeZone(zone) ? zone : "UTC";
}
