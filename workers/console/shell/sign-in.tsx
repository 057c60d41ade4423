/** The door of the console: a token or a link opens it, and a cookie keeps it open. */
import type { Hono } from "hono";
import type { Child } from "hono/jsx";
import { accept, refuse } from "../../core/result.ts";
import { EVERYONE } from "../../core/roles.ts";
import type { Env } from "../env.ts";
import type { ConsoleEnv } from "../web/call.ts";
import type { Caller } from "../web/caller.ts";
import { LINK_PATH } from "../web/sign-in-link.ts";
import { type Trace, traceOf } from "../web/trace.ts";
import { signIn, signInByLink, signOut } from "../web/user.ts";
import { assetPath } from "./assets.ts";
import { htmlAnswer, seeOther } from "./browser-answers.ts";
import { Brand, Document } from "./layout.tsx";
import type { Page } from "./page.ts";
import { pathWithin } from "./path-within.ts";
import { fromHere, MAX_SIGN_IN_BYTES, readFields } from "./sent-form.ts";

/**
 * The way to the page to sign in on, which leads back to the page that was asked for. The cookie is not sent along when another site's link is followed; the
 * page asks for itself once more then, as a page of ours, and so those who are signed in see what they followed the link to.
 */
export function signInPage(request: Request, user: null | "stranger"): Response {
  if (user === "stranger") return show(request, 403, <Stranger />);
  const url = new URL(request.url);
  const isSignIn = url.pathname === "/sign-in";
  if (request.method !== "GET") return seeOther("/sign-in");
  if (request.headers.get("sec-fetch-site") === "cross-site" && !isSignIn) return comeAgain(request);
  if (!isSignIn) return seeOther(`/sign-in?${new URLSearchParams({ next: url.pathname + url.search })}`);
  return show(request, 200, <SignIn next={pathWithin(url.searchParams.get("next") ?? "/", url)} />);
}

/** The page to sign in on, for who sent a form after the session had ended: what was written is kept on it, and sent again by its sender. A file is not. */
export async function signInWithForm(request: Request): Promise<Response> {
  const url = new URL(request.url);
  if (url.pathname === "/sign-in" || url.pathname === "/sign-out") return signInPage(request, null);
  const form = await readFields(request.clone());
  const next = pathWithin(url.pathname + url.search, url);
  return show(
    request,
    200,
    form.ok ? <SignIn next={next} kept={form.value.toString()} /> : <SignIn next={next} lost />,
  );
}

/** Logs a sign-in, or with null one that failed; a token is brought unless said. */
type LogSignIn = (env: Env, caller: Caller | null, trace: Trace, atMs: number, brought?: "link") => Promise<void>;

export function routeSignIn(app: Hono<ConsoleEnv>, log: LogSignIn): void {
  app.post("/sign-in", fromHere, async ({ env, req }) => {
    const url = new URL(req.url);
    const form = await readFields(req.raw, MAX_SIGN_IN_BYTES);
    if (!form.ok) return show(req.raw, 403, <SignIn next="/" fault="Sign in on this page." />);
    const next = pathWithin(form.value.get("next") ?? "/", url);
    const nowMs = Date.now();
    const signedIn = await signIn(env, req.raw, (form.value.get("token") ?? "").trim(), nowMs);
    const isLimited = !signedIn.ok && signedIn.refusal.name === "too_many_tries";
    // What is not even looked at any more is logged no more either.
    if (!isLimited)
      await log(env, signedIn.ok ? signedIn.value.caller : null, await traceOf(env, req.raw, "page"), nowMs);
    const kept = form.value.get("kept") ?? undefined;
    if (signedIn.ok && kept !== undefined) {
      const page = show(req.raw, 200, <KeptForm to={next} fields={[...new URLSearchParams(kept)]} />);
      page.headers.append("set-cookie", signedIn.value.cookie);
      return page;
    }
    if (signedIn.ok) return seeOther(next, { "set-cookie": signedIn.value.cookie });
    // A typing error is no failure of the page: browsers would complain of one to who looks for bugs.
    return show(req.raw, isLimited ? 429 : 200, <SignIn next={next} fault={signedIn.refusal.detail} kept={kept} />);
  });
}

/**
 * The page that a link leads to. Opening it takes nothing: mail scanners and previews open what they find, and only a person presses the button. It says nothing
 * of the link either, which is looked at when the button is pressed.
 */
export function routeSignInLink(app: Hono<ConsoleEnv>, log: LogSignIn): void {
  app.get(LINK_PATH, ({ req }) => show(req.raw, 200, <LinkForm linkKey={req.query("key") ?? ""} />));
  app.post(LINK_PATH, fromHere, async ({ env, req }) => {
    const form = await readFields(req.raw);
    if (!form.ok) return show(req.raw, 403, <LinkForm linkKey="" />);
    const nowMs = Date.now();
    const signedIn = await signInByLink(env, req.raw, (form.value.get("key") ?? "").trim(), nowMs);
    const isLimited = !signedIn.ok && signedIn.refusal.name === "too_many_tries";
    if (!isLimited)
      await log(env, signedIn.ok ? signedIn.value.caller : null, await traceOf(env, req.raw, "page"), nowMs, "link");
    if (signedIn.ok) return seeOther("/", { "set-cookie": signedIn.value.cookie });
    return show(req.raw, isLimited ? 429 : 200, <DeadLink fault={signedIn.refusal.detail} />);
  });
}

function LinkForm({ linkKey }: { linkKey: string }) {
  return (
    <form method="post" action={LINK_PATH} class="stack">
      <h1>Sign in</h1>
      <p>Your link works once. Press the button where you want to be signed in.</p>
      <input type="hidden" name="key" value={linkKey} />
      <button type="submit" class="primary">
        Sign in
      </button>
    </form>
  );
}

function DeadLink({ fault }: { fault: string }) {
  return (
    <div class="stack">
      <h1>Not signed in</h1>
      <p role="alert">{fault}</p>
      <a href="/sign-in">Sign in with a token</a>
    </div>
  );
}

export const signInPages: Page[] = [
  {
    path: "/sign-in",
    roles: EVERYONE,
    show: async ({ url }) => accept(seeOther(pathWithin(url.searchParams.get("next") ?? "/", url))),
  },
  {
    path: "/sign-out",
    roles: EVERYONE,
    show: async () => refuse({ name: "not_found", detail: "Use the button to sign out." }),
    act: async ({ env, request, nowMs }) => accept(seeOther("/", { "set-cookie": await signOut(env, request, nowMs) })),
  },
];

interface SignInProps {
  next: string;
  fault?: string | undefined;
  /** The fields of a form that was not taken, as forms are encoded. */
  kept?: string | undefined;
  /** What was sent is not kept. */
  lost?: true;
}

function SignIn({ next, fault, kept, lost }: SignInProps) {
  return (
    <form method="post" action="/sign-in" class="stack">
      <h1>Sign in</h1>
      {kept === undefined ? null : (
        <p role="status">
          Your session had ended, so nothing was done. What you wrote is kept: sign in, and send it again.
        </p>
      )}
      {lost ? (
        <p role="status">
          Your session had ended, so nothing was done, and what you sent is not kept here: go back in your browser to
          find it, or sign in and send it anew.
        </p>
      ) : null}
      <input type="hidden" name="next" value={next} />
      {kept === undefined ? null : <input type="hidden" name="kept" value={kept} />}
      <div class="field">
        <label for="token">Token</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          aria-invalid={fault === undefined ? undefined : "true"}
          aria-describedby={fault === undefined ? "token-help" : "token-fault token-help"}
        />
        {fault === undefined ? null : (
          <p class="fault" id="token-fault">
            {fault}
          </p>
        )}
        <p class="help" id="token-help">
          The console’s token, which <code>npm start</code> prints, or one that an admin made for you. Who was sent a
          link opens that instead.
        </p>
      </div>
      <button type="submit" class="primary">
        Sign in
      </button>
    </form>
  );
}

/** What was written before the session ended: sent by a button, since whoever signed in may be somebody else. */
function KeptForm({ to, fields }: { to: string; fields: readonly (readonly [string, string])[] }) {
  return (
    <form method="post" action={to} class="stack">
      <h1>You are signed in</h1>
      <p>
        A form for <code>{to}</code> was written here before the session ended, and is not sent yet. Nothing of it is
        lost: send it if it is yours.
      </p>
      {fields.map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button type="submit" class="primary">
        Send it now
      </button>
      <a href={to}>Leave it, and look at the page</a>
    </form>
  );
}

function Stranger() {
  return (
    <>
      <h1>You have no role here</h1>
      <p>
        Cloudflare Access knows you, but the console does not let you in: have an admin invite your e-mail address, or
        let it in again.
      </p>
      <p>
        <a href="/cdn-cgi/access/logout">Sign out of Access</a>
      </p>
    </>
  );
}

function show(request: Request, status: number, body: Child): Response {
  const page = (
    <Document request={request} title="Sign in">
      <main class="door">
        <Brand />
        {body}
      </main>
    </Document>
  );
  return htmlAnswer(page, status);
}

function comeAgain(request: Request): Response {
  const here = pathWithin(request.url, new URL(request.url));
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="refresh" content={`0; url=${here}`} />
        <link rel="icon" href={assetPath("mark.svg")} type="image/svg+xml" />
        <title>Clickback</title>
      </head>
      <body>
        <a href={here}>Go on to the console</a>
      </body>
    </html>
  );
  return htmlAnswer(page);
}
