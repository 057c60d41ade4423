/** Who follows a link: what headers and the platform say of the visitor and of the request's purpose. */
import { isPrefetch } from "../core/click/provisional.ts";
import type { Agent } from "./agents.ts";

/** Headers in which browsers say that nobody has gone there yet. */
const PURPOSE_HEADERS = ["Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"];
/** The platform's word for fetchers of link previews among the bots that it knows. */
const PREVIEW_CATEGORY = "Page Preview";

/** A request as the platform hands it over, with what it knows of the visitor. */
export type ClickRequest = Request<unknown, IncomingRequestCfProperties>;

export interface ClickSource {
  userAgent: string;
  /** The whole Referer header; only its host is kept. */
  referrer: string;
  /** The visitor's IP address; it goes into the visitor's hash and no further. */
  address: string;
  country: string | undefined;
  device: string;
  os: string;
  /** Counts only if a conversion follows. */
  provisional: boolean;
  /** The platform knows it as a bot. */
  bot: boolean;
}

export function readSource(request: ClickRequest, readAgent: (userAgent: string) => Agent): ClickSource {
  const { headers, cf } = request;
  const userAgent = headers.get("User-Agent") ?? "";
  const { device, system, previewer } = readAgent(userAgent);
  const category = cf?.verifiedBotCategory ?? "";
  return {
    userAgent,
    referrer: headers.get("Referer") ?? "",
    address: headers.get("CF-Connecting-IP") ?? "",
    country: countryOf(cf?.country),
    device,
    os: system,
    provisional: request.method === "HEAD" || category === PREVIEW_CATEGORY || previewer || isForPrefetch(headers),
    bot: category !== "" && category !== PREVIEW_CATEGORY,
  };
}

function isForPrefetch(headers: Headers): boolean {
  for (const name of PURPOSE_HEADERS) {
    const purpose = headers.get(name);
    if (purpose !== null && isPrefetch(purpose)) return true;
  }
  return false;
}

/** The platform says XX where it does not know, and nothing where it was not asked. */
function countryOf(country: string | undefined): string | undefined {
  return country !== undefined && /^[A-Z][A-Z0-9]$/.test(country) && country !== "XX" ? country : undefined;
}
