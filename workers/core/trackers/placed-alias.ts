/** What a placed link is called by: read as people give it, as the alias itself or as the link in their lists, and written as a link again. */
import { accept, type Result, refuse } from "../result.ts";
import { aliasForms, FIRST_NAME, MAX_ALIAS_LENGTH, roleOf, shapeOf } from "./tracker-role.ts";
import type { TrackerRoute, TrackerTable } from "./tracker-table.ts";

/** A link with its host, with or without the scheme that people leave out; or its path alone. */
const LINK = /^(?:https?:\/\/|\/|[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?[/?])/i;
const HAS_SCHEME = /^(?:https?:|\/)/i;
const SYNTAX = /[\^$\\.*+?()[\]{}|/]/g;
const NAME = /^\{([^}]+)\}$/;

/**
 * The alias in the form of its dialect: `x7Kd93ab`, and so `https://trk.example.com/x7Kd93ab?keyword=shoes`. Refuses, in a sentence, what no placed link of this tracker's is.
 * `slug` is the tracker's, below which links are tried.
 */
export function readPlacedAlias(table: TrackerTable, slug: string, text: string): Result<string, string> {
  const said = text.trim();
  const alias = readAlias(table, said);
  if (alias !== null) return accept(alias);
  const forms = aliasForms(table).join(" or ");
  if (!LINK.test(said)) return refuse(`An alias of ${table.label} is written ${forms}`);
  const url = URL.parse(HAS_SCHEME.test(said) ? said : `https://${said}`, "https://tracker.invalid");
  if (!url) return refuse("This link cannot be read");
  const below = `/t/${slug}`;
  const path = url.pathname.startsWith(`${below}/`) ? url.pathname.slice(below.length) : url.pathname;
  const role = roleOf(table, { method: "GET", path, query: url.search });
  if (role.role !== "click") return refuse(`This is no link of ${table.label}: an alias is written ${forms}`);
  // What sticks to a link where people keep it is not the link's.
  const found = role.otherwise !== undefined && role.alias.startsWith(role.otherwise) && !role.alias.includes("/");
  return accept(found ? (role.otherwise ?? role.alias) : role.alias);
}

/** Path and query of a link that has this alias, such as `/aff_c?offer_id=12&aff_id=34`; null where no link of the tracker's could have it. */
export function placedTarget(table: TrackerTable, alias: string): string | null {
  for (const route of table.routes) {
    if (route.role !== "click") continue;
    const values = valuesIn(table, route.alias, alias);
    const target = values && targetAt(route, values);
    if (!target) continue;
    const [path = "", query] = target.split("?");
    const role = roleOf(table, { method: "GET", path, query: query === undefined ? "" : `?${query}` });
    if (role.role === "click" && role.alias === alias) return target;
  }
  return null;
}

/** The alias, folded where case means nothing; null where it is of no form of the tracker's. */
function readAlias(table: TrackerTable, text: string): string | null {
  const isText = text.length <= MAX_ALIAS_LENGTH && text.isWellFormed() && !/[\u0000-\u0020\u007f]/.test(text);
  if (!isText) return null;
  for (const route of table.routes) {
    if (route.role !== "click") continue;
    for (const form of [route.alias, route.otherwise ?? route.alias])
      if (valuesIn(table, form, text)) return route.lower ? text.toLowerCase() : text;
  }
  return null;
}

/** What stands in the places of a form; null where the text is of another. */
function valuesIn({ shapes }: TrackerTable, form: string, text: string): ReadonlyMap<string, string> | null {
  const parts = form.split(/(\{[^}]+\})/);
  const names = parts.flatMap((part) => NAME.exec(part)?.[1] ?? []);
  const pattern = parts.map((part) => {
    const name = NAME.exec(part)?.[1];
    return name === undefined ? part.replace(SYNTAX, "\\$&") : `(${shapes[name] ?? "[^/]+"})`;
  });
  const match = shapeOf(pattern.join("")).exec(text);
  return match ? new Map(names.map((name, place) => [name, match[place + 1] ?? ""])) : null;
}

function targetAt({ path, has = [] }: TrackerRoute, values: ReadonlyMap<string, string>): string | null {
  const inPath = new Set<string>();
  // Behind whatever folder, and so behind none.
  const written = path.replace(/^\*/, "").replace(/\{(\w+)\}/g, (_, name: string) => {
    inPath.add(name);
    return encodeURIComponent(values.get(name) ?? "");
  });
  if (written.includes("*") || has.some((name) => !values.has(name))) return null;
  const pairs = [...values].flatMap(([name, value]) => {
    if (inPath.has(name)) return [];
    return [name === FIRST_NAME ? encodeURIComponent(value) : `${name}=${encodeURIComponent(value)}`];
  });
  return pairs.length === 0 ? written : `${written}?${pairs.join("&")}`;
}
