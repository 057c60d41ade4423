/** Who follows a link: what headers and the platform say of the visitor and of the request's purpose. */
import { isEmbedded, isPrefetch } from "../core/click/provisional.ts";
import type { Agent } from "./agents.ts";

/** Headers in which browsers say that nobody has gone there yet. */
const PURPOSE_HEADERS = ["Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"];
/** The platform's word for fetchers of link previews among the bots that it knows. */
const PREVIEW_CATEGORY = "Page Preview";

/** So much is read of a user agent; and of a referrer, of which only the host is kept, that ends before. */
const MAX_HEADER_LENGTH = 512;

/** A request as the platform hands it over, with what it knows of the visitor. */
export type ClickRequest = Request<unknown, IncomingRequestCfProperties>;

export interface ClickSource {
  /** Cut, as the referrer is: headers may be 60 KB, and an isolate holds those of many clicks. */
  userAgent: string;
  /** The Referer header; only its host is kept. */
  referrer: string;
  /** The visitor's IP address; it goes into the visitor's hash and no further. */
  address: string;
  country: string | undefined;
  device: string;
  os: string;
  /** Counts only if a conversion follows, as does what is embedded. */
  provisional: boolean;
  embedded: boolean;
  /** The platform knows it as a bot. */
  bot: boolean;
}

export function readSource(request: ClickRequest, readAgent: (userAgent: string) => Agent): ClickSource {
  const { headers, cf } = request;
  const userAgent = readHeader(headers, "User-Agent");
  const { device, system, previewer } = readAgent(userAgent);
  const category = cf?.verifiedBotCategory ?? "";
  return {
    userAgent,
    referrer: readHeader(headers, "Referer"),
    address: headers.get("CF-Connecting-IP") ?? "",
    country: countryOf(cf?.country),
    device,
    os: system,
    // Every browser says what it is: what says nothing is no visitor, until somebody buys.
    provisional:
      request.method === "HEAD" ||
      userAgent === "" ||
      category === PREVIEW_CATEGORY ||
      previewer ||
      isForPrefetch(headers),
    embedded: isEmbedded(headers.get("Sec-Fetch-Dest")),
    bot: category !== "" && category !== PREVIEW_CATEGORY,
  };
}

/** A header, or the beginning of a long one. That is copied, since a part of a text keeps the whole in memory. */
function readHeader(headers: Headers, name: string): string {
  const text = headers.get(name) ?? "";
  return text.length <= MAX_HEADER_LENGTH ? text : structuredClone(text.slice(0, MAX_HEADER_LENGTH));
}

function isForPrefetch(headers: Headers): boolean {
  return PURPOSE_HEADERS.some((name) => {
    const purpose = headers.get(name);
    return purpose !== null && isPrefetch(purpose);
  });
}

/** The platform says XX where it does not know, and nothing where it was not asked. */
function countryOf(country: string | undefined): string | undefined {
  return country !== undefined && /^[A-Z][A-Z0-9]$/.test(country) && country !== "XX" ? country : undefined;
}
