/**
 * The fields of a form as the JSON that the API takes, and what is wrong with it, field by field. A field is named by its path and its kind:
 *
 *     name                    text; left out where it is empty
 *     name:required           text, sent even where it is empty, for the schema to say what it wants there
 *     fallback_url:nullable   text; null where it is empty
 *     window_days:number      a number; left out where it is empty, and kept as text where it is none, for the schema to say so
 *     window_days:required-number   the same, sent even where it is empty
 *     starts_at:time          a moment in UTC as a browser's picker writes it, or as people do; null where it is empty
 *     pixel:flag              true or false, the last one sent
 *     rules/0/block:yes       true, or left out
 *     allowed_ips:lines       a list, one item a line or between commas
 *     rules/0/countries:some  the same, left out where it is empty
 *     mapping/names:words     an object, one `theirs = ours` a line; the text as it is where a word comes twice
 *     events/0/payout:rule    flat, percent, posted or none; its number is in events/0/payout:sum
 *     rules:list              says that there is a list, so that an empty one is sent as such
 *
 * What is written and cannot be said so is no JSON but a fault, so that nothing that somebody wrote is passed over.
 */
import type { Fault, Problem } from "../web/problem.ts";

export type FormValue = string | number | boolean | null | FormValue[] | { [name: string]: FormValue };

/** What stands in a form now, and what is wrong with it. */
export interface FormState {
  values: unknown;
  problem: Problem | null;
  /** Where a group was just added, or the list that one was taken from: whoever writes goes on there. */
  changed?: GroupChange;
}

/** What a button of a form did: the path of a new group (`caps/0`), or of the list that lost one (`caps`). */
export type GroupChange = { added: string } | { shortened: string };

/** Where a form says a number without what it is, and where it says both that and that there is none. */
const UNSAID = "number";
const POSTED = "posted";
const INDEX = /^\d{1,4}$/;
const DAY = /^\d{4}-\d\d-\d\d$/;
const PICKED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d(?:\.\d{1,3})?)?$/;

type Node = { leaf: FormValue } | { list: boolean; children: Map<string, Node> };

/** The JSON that a form stands for. Names that follow no path are left out. */
export function readForm(form: URLSearchParams): { [name: string]: FormValue } {
  const root: Node = { list: false, children: new Map() };
  for (const [name, value] of form) {
    const [path = "", kind = "text"] = name.split(":");
    if (path === "") continue;
    const read = readValue(kind, value, form.get(`${path}:sum`) ?? "");
    if (read !== undefined) put(root, path.split("/"), read);
  }
  const value = formValue(root);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

/** The group that a button of the form adds (`{add: "events"}`) or takes away (`{drop: "rules/0"}`); null when the form is to be saved. */
export function groupAsked(form: URLSearchParams): { add: string } | { drop: string } | null {
  const add = form.get(":add");
  const drop = form.get(":drop");
  if (add !== null) return { add };
  return drop === null ? null : { drop };
}

/** What the form says that no JSON can hold: each place, and what to write instead. */
export function formFaults(form: URLSearchParams): (Fault & { pointer: string })[] {
  return [...form].flatMap(([name, value]) => {
    const [path = "", kind] = name.split(":");
    const detail = faultOf(kind, value, form.get(`${path}:sum`) ?? "");
    return detail === null ? [] : [{ pointer: `#/${path}`, detail }];
  });
}

function faultOf(kind: string | undefined, value: string, sum: string): string | null {
  if (kind === "rule" && sum.trim() !== "" && value === "")
    return `Say what ${sum.trim()} is: choose a percentage or a sum, or leave the number empty.`;
  if (kind === "rule" && sum.trim() !== "" && value === POSTED)
    return `Each postback says the amount: leave the number empty, or say what ${sum.trim()} is.`;
  const twice = kind === "words" ? wordTwice(value) : undefined;
  return twice === undefined ? null : `“${twice}” stands here twice: leave one of its lines.`;
}

/** The same values with an empty group added at the end of a list, or with one taken away. */
export function changeGroups(values: unknown, asked: { add: string } | { drop: string }): unknown {
  const changed: unknown = structuredClone(values);
  if ("add" in asked) {
    const list = valueAt(changed, asked.add);
    if (Array.isArray(list)) list.push({});
    else setAt(changed, asked.add, [{}]);
    return changed;
  }
  const cut = asked.drop.lastIndexOf("/");
  const list = valueAt(changed, asked.drop.slice(0, cut));
  if (Array.isArray(list)) list.splice(Number(asked.drop.slice(cut + 1)), 1);
  return changed;
}

/** Where somebody goes on who changed the groups; `values` as they are by now. */
export function changeOfGroups(values: unknown, asked: { add: string } | { drop: string }): GroupChange {
  if ("drop" in asked) return { shortened: asked.drop.slice(0, asked.drop.lastIndexOf("/")) };
  return { added: `${asked.add}/${listAt(values, asked.add).length - 1}` };
}

/** What stands at a path; undefined where nothing does. */
export function valueAt(values: unknown, path: string): unknown {
  let value = values;
  for (const key of path.split("/")) value = hasMembers(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value;
}

/** As the text of an input. */
export function textAt(values: unknown, path: string): string {
  const value = valueAt(values, path);
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** The groups of a list. */
export function listAt(values: unknown, path: string): unknown[] {
  const value = valueAt(values, path);
  return Array.isArray(value) ? value : [];
}

/** What is wrong at a path, or within it, each said once; of a line in a list, with the line. */
export function faultsAt({ values, problem }: FormState, path: string, within = true): string[] {
  const here = `#/${path}`;
  const faults = (problem?.errors ?? [])
    .filter((fault) => "pointer" in fault)
    .flatMap(({ pointer, detail }) => {
      if (pointer === here) return [detail];
      if (!within || !pointer.startsWith(`${here}/`)) return [];
      const line = valueAt(values, pointer.slice(2));
      return INDEX.test(pointer.slice(here.length + 1)) && typeof line === "string" ? [`${line}: ${detail}`] : [detail];
    });
  return [...new Set(faults)];
}

/** Undefined: nothing is said. */
function readValue(kind: string, value: string, sum: string): FormValue | undefined {
  const text = value.trim();
  switch (kind) {
    case "text":
      return text === "" ? undefined : text;
    case "required":
      return text;
    case "nullable":
      return text === "" ? null : text;
    case "number":
      return text === "" ? undefined : numberOr(text);
    case "required-number":
      return text === "" ? text : numberOr(text);
    case "nullable-number":
      return text === "" ? null : numberOr(text);
    case "time":
      return text === "" ? null : utcOf(text);
    case "flag":
      return value === "true";
    case "yes":
      return value === "true" ? true : undefined;
    case "lines":
      return linesOf(value);
    case "some":
      return text === "" ? undefined : linesOf(value);
    case "words":
      return wordsOf(value);
    case "rule":
      return ruleOf(value, sum.trim());
    case "list":
      return [];
    default:
      return undefined;
  }
}

/** What a picker says without its zone, and without seconds where there are none, is of UTC. */
function utcOf(text: string): string {
  const picked = PICKED.exec(text);
  return picked ? `${picked[1]}${picked[2] ?? ":00"}Z` : text;
}

/** A moment as a picker has it: RFC 3339 without a zone. What no picker can show stays as it was written. */
export function pickedTime(text: string): string | null {
  const local = text.replace(/(\.000)?Z$/, "");
  if (DAY.test(local)) return `${local}T00:00:00`;
  return PICKED.test(local) ? local : null;
}

function numberOr(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function linesOf(text: string): string[] {
  return text
    .split(/[\r\n,]+/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** A price as it was chosen, with its number; a choice that has no number keeps one that was written, to be shown again. */
function ruleOf(choice: string, sum: string): FormValue | undefined {
  if (choice === "flat" || choice === "percent") return { [choice]: sum };
  if (sum !== "") return choice === POSTED ? { [POSTED]: sum } : { [UNSAID]: sum };
  return choice === POSTED ? POSTED : undefined;
}

/** A price as a form shows it: the choice, and the number. */
export function priceAt(values: unknown, path: string): { choice: string; sum: string } {
  const value = valueAt(values, path);
  if (value === POSTED) return { choice: POSTED, sum: "" };
  const [choice, sum] = hasMembers(value) ? (Object.entries(value)[0] ?? ["percent", ""]) : ["", ""];
  return { choice: choice === UNSAID ? "" : choice, sum: String(sum) };
}

function wordsOf(text: string): { [theirs: string]: string } | string {
  return wordTwice(text) === undefined ? Object.fromEntries(pairsOf(text)) : text;
}

/** The word that more than one line begins with. */
function wordTwice(text: string): string | undefined {
  const words = pairsOf(text).map(([theirs]) => theirs);
  return words.find((word, place) => words.indexOf(word) < place);
}

function pairsOf(text: string): [theirs: string, ours: string][] {
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const [theirs = "", ...ours] = line.split("=");
    return [theirs.trim(), ours.join("=").trim()];
  });
}

function put(root: Node, path: readonly string[], value: FormValue): void {
  let node = root;
  for (const [at, key] of path.entries()) {
    if ("leaf" in node) return;
    const isLast = at === path.length - 1;
    const isList = INDEX.test(path[at + 1] ?? "") || (isLast && Array.isArray(value) && value.length === 0);
    const fresh: Node = isLast && !isList ? { leaf: value } : { list: isList, children: new Map() };
    const next: Node = isLast && !isList ? fresh : (node.children.get(key) ?? fresh);
    node.children.set(key, next);
    node = next;
  }
}

/** Lists in the order of their numbers, without gaps. */
function formValue(node: Node): FormValue {
  if ("leaf" in node) return node.leaf;
  if (!node.list) return Object.fromEntries([...node.children].map(([key, child]) => [key, formValue(child)]));
  return [...node.children]
    .sort(([left], [right]) => Number(left) - Number(right))
    .map(([, child]) => formValue(child));
}

function setAt(values: unknown, path: string, value: FormValue): void {
  const cut = path.lastIndexOf("/");
  const holder = cut < 0 ? values : valueAt(values, path.slice(0, cut));
  if (hasMembers(holder)) holder[path.slice(cut + 1)] = value;
}

/** An object, or a list, whose members are named by their places. */
function hasMembers(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
