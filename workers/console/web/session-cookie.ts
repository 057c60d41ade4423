/** The session's cookie: only for this host, only over TLS, never for scripts, never sent along from other sites. */
import { parse, serialize } from "hono/utils/cookie";
import { type Session, sinceOf } from "./session.ts";

const NAME = "session";
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** The sealed session that a request brings; null when it brings none. */
export function sessionCookieOf(request: Request): string | null {
  const name = cookieName(new URL(request.url));
  return parse(request.headers.get("cookie") ?? "", name)[name] ?? null;
}

/** The Set-Cookie header that keeps a session, sealed, as long as it lasts. */
export function keepSession(url: URL, sealed: string, session: Session): string {
  const seconds = session.exp - Math.floor(sinceOf(session) / 1_000);
  return serialize(cookieName(url), sealed, attributes(url, seconds));
}

/** The Set-Cookie header that forgets it. */
export function forgetSession(url: URL): string {
  return serialize(cookieName(url), "", attributes(url, 0));
}

/** Browsers refuse a `__Host-` cookie from another host of the domain and without TLS; so does `npm start`, which has none, a plain name. */
function cookieName(url: URL): string {
  return isSecure(url) ? `__Host-${NAME}` : NAME;
}

function attributes(url: URL, maxAge: number) {
  return { path: "/", httpOnly: true, secure: isSecure(url), sameSite: "Strict", maxAge } as const;
}

/** Only a machine that talks to itself does without TLS. */
function isSecure({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || !LOOPBACK.test(hostname);
}
