/** Answers that lead nowhere: a line of text, never cached, never indexed. */

/** Of our own links and of another tracker’s. */
export const NO_SUCH_LINK = "There is no such link.";

export function plain(request: Request, status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(request.method === "HEAD" ? null : `${text}\n`, {
    status,
    headers: {
      "Content-Type": "text/plain; charset=utf-8",
      "Cache-Control": "no-store",
      "X-Robots-Tag": "noindex",
      "X-Content-Type-Options": "nosniff",
      ...headers,
    },
  });
}
