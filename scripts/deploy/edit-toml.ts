/** Writes what a deploy has learnt (ids, domains) into the text of wrangler.toml, in place, so that its comments and order stay. */
import { parse } from "smol-toml";
import { isRecord } from "../../workers/core/is-record.ts";

/** Sets `field` in every one-line table that has `key = "value"`, in whichever section it stands. Throws when there is none. */
export function setInTables(text: string, table: { key: string; value: string }, field: string, to: string): string {
  const has = `${table.key} = ${JSON.stringify(table.value)}`;
  let found = false;
  const edited = text.replace(/\{[^{}\n]*\}/g, (inline) => {
    if (!inline.includes(has)) return inline;
    found = true;
    return setField(inline, field, to);
  });
  if (!found) throw new Error(`wrangler.toml has no table on one line with ${has}`);
  return checked(edited);
}

/** Gives the worker of section `[env.<name>]` a custom domain of its own. Further ones that it has stay. */
export function setDomain(text: string, section: string, domain: string): string {
  const others = domainsOf(text, section).slice(1);
  return setDomains(text, section, [domain, ...others.filter((other) => other !== domain)]);
}

/** Gives it further ones, behind its own. */
export function addDomains(text: string, section: string, domains: readonly string[]): string {
  return setDomains(text, section, [...new Set([...domainsOf(text, section), ...domains])]);
}

function setDomains(text: string, section: string, domains: readonly string[]): string {
  const routes = domains.map((domain) => `{ pattern = ${JSON.stringify(domain)}, custom_domain = true }`);
  const line = `routes = [${routes.join(", ")}]`;
  return editSection(text, section, (lines) => {
    const rest = lines.filter((one) => !/^routes\s*=/.test(one));
    const after = rest.findIndex((one) => /^main\s*=/.test(one));
    if (after < 0) throw new Error(`wrangler.toml has no line main = … in [env.${section}]`);
    return [...rest.slice(0, after + 1), line, ...rest.slice(after + 1)];
  });
}

/** The custom domain of section `[env.<name>]`, when it has one. */
export function domainOf(text: string, section: string): string | null {
  return domainsOf(text, section)[0] ?? null;
}

/** All of them, its own first. */
export function domainsOf(text: string, section: string): string[] {
  const sections = parse(text).env;
  const own = isRecord(sections) ? sections[section] : undefined;
  const routes: unknown[] = isRecord(own) && Array.isArray(own.routes) ? own.routes : [];
  return routes.flatMap((one) =>
    isRecord(one) && one.custom_domain === true && typeof one.pattern === "string" ? [one.pattern] : [],
  );
}

/** What is named in the account: workers, databases, the bucket and the queues, and who refers to them. */
const NAMED =
  /(^|[{,]\s*)(name|service|script_name|bucket_name|database_name|queue|dead_letter_queue) = "([a-z0-9-]+)"/g;
const PREFIX = /^[a-z][a-z0-9-]{0,20}$/;

/**
 * The same deployment beside another one in one account: everything that has a name there has this word and a hyphen before it, and the limits of rates are counted apart; domains and ids go. Done again it changes
 * nothing. Throws where the word cannot begin a name, or where another one stands there.
 */
export function withPrefix(text: string, prefix: string): string {
  if (!PREFIX.test(prefix)) throw new Error(`${prefix} cannot begin a name: write small letters, digits and hyphens`);
  const present = /^name = "(.*)clickback-click"$/m.exec(text)?.[1] ?? "";
  if (present === `${prefix}-`) return text;
  if (present !== "")
    throw new Error(
      `wrangler.toml has the prefix ${present.slice(0, -1)}: deploy another one from a checkout of its own`,
    );
  const named = text
    .split("\n")
    .filter((line) => !/^routes\s*=/.test(line))
    .map((line) => (line.trimStart().startsWith("#") ? line : nameIn(withoutIds(line), prefix)));
  return checked(
    named.join("\n").replace(/^namespace_id = "(\d+)"/gm, (_, id) => `namespace_id = "${apart(Number(id), prefix)}"`),
  );
}

/** What the other deployment was given is its own: its domains, trackers' hosts among them, and the ids of its namespace and databases. */
function withoutIds(line: string): string {
  return line.replace(/, (?:id|database_id) = "[^"]*"/g, "");
}

/** Bindings have names too, which are the code's. */
function nameIn(line: string, prefix: string): string {
  return line.replace(NAMED, (whole: string, head: string, field: string, name: string) =>
    field === "name" && !name.startsWith("clickback-") ? whole : `${head}${field} = "${prefix}-${name}"`,
  );
}

/** Another number of the account's limits, the same one each time. */
function apart(id: number, prefix: string): number {
  const hash = [...prefix].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9_000, 7);
  return id + 10_000 * (1 + hash);
}

/** Sets a var in every section that has it. */
export function setVar(text: string, name: string, to: string): string {
  return checked(text.replace(new RegExp(`^${name} = .*$`, "gm"), () => `${name} = ${JSON.stringify(to)}`));
}

function setField(inline: string, field: string, to: string): string {
  const written = `${field} = ${JSON.stringify(to)}`;
  const present = new RegExp(`(?<=[{,]\\s*)${field} = "[^"]*"`);
  return present.test(inline)
    ? inline.replace(present, () => written)
    : inline.replace(/\s*\}$/, () => `, ${written} }`);
}

/** `change` gets the lines between the section's header and the next one. */
function editSection(text: string, section: string, change: (lines: string[]) => string[]): string {
  const lines = text.split("\n");
  const start = lines.indexOf(`[env.${section}]`);
  if (start < 0) throw new Error(`wrangler.toml has no section [env.${section}]`);
  const length = lines.slice(start + 1).findIndex((line) => line.startsWith("["));
  const end = length < 0 ? lines.length : start + 1 + length;
  return checked(
    [...lines.slice(0, start + 1), ...change(lines.slice(start + 1, end)), ...lines.slice(end)].join("\n"),
  );
}

/** The text, when it is still TOML. */
function checked(text: string): string {
  parse(text);
  return text;
}
