/** The frame of every page: the way around, who is signed in, light or dark. */
import type { Child, PropsWithChildren } from "hono/jsx";
import { holders } from "../../core/rights.ts";
import { ALL_BUT_ADVERTISERS, ALL_BUT_AFFILIATES, EVERYONE, OPERATORS, type Role } from "../../core/roles.ts";
import type { User } from "../web/user.ts";
import { type AssetName, assetPath } from "./assets.ts";
import { themeOf } from "./theme.ts";

interface MenuPlace {
  path: string;
  name: string;
  roles: readonly Role[];
  /** What it is to those who see only what is theirs, where that is something else; null where another place leads them there. */
  called?: Partial<Record<Role, string | null>>;
}

/** The way around, in the order of the three questions: is it healthy, who earns what, what happened; then what it all hangs on. */
export const PLACES: readonly (readonly MenuPlace[])[] = [
  [
    { path: "/", name: "Overview", roles: EVERYONE },
    { path: "/reports", name: "Reports", roles: EVERYONE },
    { path: "/cohorts", name: "Cohorts", roles: EVERYONE },
    { path: "/conversions", name: "Conversions", roles: EVERYONE, called: { advertiser: "Orders" } },
    { path: "/not-counted", name: "Not counted", roles: ["affiliate"] },
    { path: "/review", name: "Review", roles: OPERATORS },
    { path: "/signals", name: "Signals", roles: OPERATORS },
    { path: "/claims", name: "Claims", roles: EVERYONE, called: { affiliate: null } },
    { path: "/statements", name: "Statements", roles: EVERYONE },
    { path: "/postbacks", name: "Postbacks", roles: ALL_BUT_AFFILIATES, called: { advertiser: "Postback log" } },
    { path: "/deliveries", name: "Deliveries", roles: EVERYONE, called: { affiliate: "Sent postbacks" } },
    { path: "/alerts", name: "Alerts", roles: OPERATORS },
    { path: "/reconcile", name: "Reconciliation", roles: ALL_BUT_AFFILIATES },
    { path: "/what-if", name: "What-if", roles: holders("what_if") },
    { path: "/import", name: "Import", roles: holders("import") },
  ],
  [
    { path: "/offers", name: "Offers", roles: EVERYONE },
    { path: "/applications", name: "Applications", roles: OPERATORS },
    { path: "/links", name: "Links", roles: EVERYONE },
    { path: "/coupons", name: "Coupons", roles: EVERYONE },
    { path: "/sources", name: "Sources", roles: ALL_BUT_AFFILIATES },
    { path: "/trackers", name: "Trackers", roles: OPERATORS },
    { path: "/reasons", name: "Reasons", roles: OPERATORS },
    { path: "/destinations", name: "Destinations", roles: EVERYONE, called: { affiliate: "Your postbacks" } },
    { path: "/affiliates", name: "Affiliates", roles: ALL_BUT_ADVERTISERS, called: { affiliate: "Your account" } },
    {
      path: "/advertisers",
      name: "Advertisers",
      roles: ALL_BUT_AFFILIATES,
      called: { advertiser: "Integration" },
    },
  ],
  [
    { path: "/people", name: "People", roles: holders("people") },
    { path: "/rates", name: "Rates", roles: OPERATORS },
    { path: "/tokens", name: "Tokens", roles: holders("tokens") },
    { path: "/personal", name: "Personal data", roles: holders("personal") },
    { path: "/audit", name: "Audit log", roles: OPERATORS },
    { path: "/api", name: "API", roles: EVERYONE },
  ],
];

interface FrameProps {
  request: Request;
  title: string;
  scripts?: readonly AssetName[];
  styles?: readonly AssetName[];
}

export function Layout(props: PropsWithChildren<FrameProps & { user: User }>) {
  const { children, user, ...frame } = props;
  const { pathname } = new URL(frame.request.url);
  return (
    <Document {...frame} scripts={["search.js", "picker.js", ...(frame.scripts ?? [])]}>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="bar">
        <Brand />
        <div class="bar-ways">
          <a class="button" href="/search" data-search={user.caller.name}>
            Search
          </a>
          <button type="button" class="menu-button" popovertarget="menu" aria-label="Menu">
            Menu
          </button>
        </div>
      </header>
      <div class="menu" id="menu" popover="auto">
        <Brand />
        <a class="button search-open" href="/search" data-search={user.caller.name}>
          Search <kbd>/</kbd>
        </a>
        <nav aria-label="Console">
          {PLACES.map((places) => (
            <ul>
              {places
                .map((place) => ({ ...place, name: nameFor(place, user.caller.role) }))
                .filter(({ name }) => name !== null)
                .map(({ path, name }) => (
                  <li>
                    <a href={path} aria-current={isAt(path, pathname) ? "page" : undefined}>
                      {name}
                    </a>
                  </li>
                ))}
            </ul>
          ))}
        </nav>
        <Account user={user} />
      </div>
      <main id="main" tabindex={-1}>
        {children}
      </main>
      <SearchDialog />
    </Document>
  );
}

/** What `search.client.js` opens and fills. */
function SearchDialog() {
  return (
    <dialog class="search" aria-label="Search" data-search-dialog>
      <input
        type="search"
        role="combobox"
        aria-label="What to find"
        aria-controls="found"
        aria-expanded="false"
        aria-autocomplete="list"
        placeholder="Order, click ID, receipt, name or slug"
        maxlength={256}
        autocomplete="off"
        spellcheck={false}
      />
      <p role="status" />
      <div class="found" id="found" role="listbox" aria-label="Found" tabindex={-1} />
    </dialog>
  );
}

/** A whole document: what is common to pages with and without somebody signed in. */
export function Document({ request, title, scripts = [], styles = [], children }: PropsWithChildren<FrameProps>) {
  return (
    <html lang="en" data-theme={themeOf(request) ?? undefined}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <title>{title} · Clickback</title>
        <link rel="icon" href={assetPath("mark.svg")} type="image/svg+xml" />
        {styles.map((name) => (
          <link rel="stylesheet" href={assetPath(name)} />
        ))}
        <link rel="stylesheet" href={assetPath("console.css")} />
        <script src={assetPath("console.js")} defer />
        {scripts.map((name) => (
          <script src={assetPath(name)} defer />
        ))}
      </head>
      <body>{children}</body>
    </html>
  );
}

export function Brand(): Child {
  return (
    <a class="brand" href="/">
      <img src={assetPath("mark.svg")} alt="" width="24" height="24" />
      Clickback
    </a>
  );
}

function Account({ user: { caller, through } }: { user: User }) {
  return (
    <div class="account">
      <p>
        <a href="/sessions">
          <bdi>{caller.name}</bdi>
        </a>
        <span>
          {caller.role} · <span data-zone>times in UTC</span>
        </span>
      </p>
      <div class="account-actions">
        <button type="button" class="quiet" data-theme-toggle hidden>
          Dark
        </button>
        {through === "access" ? (
          <a class="button quiet" href="/cdn-cgi/access/logout">
            Sign out
          </a>
        ) : (
          <form method="post" action="/sign-out">
            <button type="submit" class="quiet">
              Sign out
            </button>
          </form>
        )}
      </div>
    </div>
  );
}

/** What a place of the menu is called for a role; null where it is not in its menu. */
function nameFor({ name, roles, called }: MenuPlace, role: Role): string | null {
  if (!roles.includes(role)) return null;
  const own = called?.[role];
  return own === undefined ? name : own;
}

function isAt(path: string, pathname: string): boolean {
  return path === "/" ? pathname === "/" : pathname === path || pathname.startsWith(`${path}/`);
}
