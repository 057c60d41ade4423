/** A fetch whose failure says who was asked what, why no answer came and where to look: fetch's own says only that it failed. */

/** What is known of the commonest causes, by their codes. */
const ADVICE: [codes: RegExp, advice: string][] = [
  [/^ECONNREFUSED$/, "nothing listens there: is it running, and on that port?"],
  [
    /^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/,
    "it broke off: look at what the other side printed last, it may have ended, or be overloaded",
  ],
  [
    /^(UND_ERR_\w*TIMEOUT|ETIMEDOUT|TimeoutError)$/,
    "it took too long: the other side, or this machine, is overloaded or hangs",
  ],
  [/^(ENOTFOUND|EAI_AGAIN)$/, "there is no such host: check the address"],
];

/** All that fetch says itself. */
const SAYS_NOTHING = "fetch failed";

/** As `fetch`. Throws one line where no answer came. */
export async function reach(address: string | URL, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init);
  } catch (error) {
    // Without its query, in which a postback has its token.
    const { origin, pathname } = new URL(address);
    throw new Error(`${init?.method ?? "GET"} ${origin}${pathname} got no answer: ${whyUnreached(error)}`);
  }
}

/** Why something failed, down to its innermost cause, with what to do about it where that is known. */
export function whyUnreached(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) {
    const why = whyUnreached(error.cause);
    return error.message === SAYS_NOTHING ? why : `${error.message} (${why})`;
  }
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  const advice = ADVICE.find(([codes]) => codes.test(code))?.[1];
  return advice ? `${error.message || code}: ${advice}` : error.message || code;
}
