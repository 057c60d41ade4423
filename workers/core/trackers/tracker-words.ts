/** From a tracker's words to ours: what its postback's fields come to before they are read as any postback's are. */
import type { SentStatus } from "../../../schema/messages.ts";
import { type Dialect, UNREAD } from "../postback/dialect.ts";
import type { Parameter } from "../postback/parameter.ts";
import type { UnderstoodParameters } from "../postback/parameter-meanings.ts";
import type { ParameterName } from "../postback/parameter-names.ts";
import { trimBlanks } from "../postback/postback-reader.ts";
import { withStatuses } from "./tracker-dialect.ts";
import type { TrackerWords } from "./tracker-table.ts";

/** What a tracker's postback says, in fields of ours, and the dialect that reads them. `isForNobody`: its sender lists its status among those that are to be ignored. */
export interface SpokenFields {
  fields: UnderstoodParameters;
  dialect: Dialect;
  isForNobody: boolean;
}

type Named = Map<ParameterName, Parameter>;

/** Sums that may have a comma, or lie below nothing. */
const SUMS = ["amount", "revenue"] as const;
const WITH_COMMA = /^[+-]?\d+,\d+$/;
const BELOW_NOTHING = /^-\s*[\d.,]*[1-9]/;
/** Words of one list: longer ones are no template's. */
const MAX_LISTED = 64;

/** `parameters` are all that came, `dialect` has the words of set-up and of the advertiser. */
export function speak(
  words: TrackerWords,
  dialect: Dialect,
  understood: UnderstoodParameters,
  parameters: readonly Parameter[],
): SpokenFields {
  const named: Named = new Map(understood.named);
  leaveOut(words, named);
  sayByEvent(words, dialect, named);
  const listed = listedWords(words, parameters);
  const word = wordOf(named.get("status"));
  const isForNobody = listed.get(word) === "passed_over";
  if (!listed.has(word) && !dialect.statuses.has(word) && words.statuses[word] === UNREAD) named.delete("status");
  if (words.absentStatus && wordOf(named.get("status")) === "") say(named, words.absentStatus);
  writeSums(words, named);
  for (const [name, { value, status }] of Object.entries(words.flags ?? {}))
    if (textUnder(parameters, name) === value) say(named, status);
  const lists = [...listed].filter(([, status]) => status !== "passed_over");
  return { fields: { ...understood, named }, dialect: withStatuses(dialect, lists), isForNobody };
}

/** Values that templates ship with for what may be left out, but of the click: without it nothing is known. */
function leaveOut({ leftOut = [] }: TrackerWords, named: Named): void {
  for (const [parameter, { text }] of [...named])
    if (parameter !== "click_id" && text !== null && leftOut.includes(trimBlanks(text))) named.delete(parameter);
}

/** An event that senders use as a status; where set-up has a word for it, it is an event. */
function sayByEvent({ eventStatuses = {} }: TrackerWords, { events }: Dialect, named: Named): void {
  const event = trimBlanks(named.get("event")?.text ?? "");
  const status = Object.hasOwn(eventStatuses, event.toLowerCase()) ? eventStatuses[event.toLowerCase()] : undefined;
  if (status === undefined || events.has(event)) return;
  named.delete("event");
  say(named, status);
}

/** The words that the request itself lists: the first list that has one counts. */
function listedWords({ statusLists = {} }: TrackerWords, parameters: readonly Parameter[]) {
  const listed = new Map<string, SentStatus | "passed_over">();
  for (const [name, status] of Object.entries(statusLists))
    for (const word of (textUnder(parameters, name) ?? "").split(",").slice(0, MAX_LISTED).map(fold))
      if (word !== "" && !listed.has(word)) listed.set(word, status);
  return listed;
}

function writeSums({ decimalComma, negativeReverses }: TrackerWords, named: Named): void {
  for (const parameter of SUMS) {
    const field = named.get(parameter);
    const text = trimBlanks(field?.text ?? "");
    if (!field || text === "") continue;
    if (negativeReverses && BELOW_NOTHING.test(text)) {
      named.delete(parameter);
      say(named, "reversed");
    } else if (decimalComma && WITH_COMMA.test(text)) named.set(parameter, { ...field, text: text.replace(",", ".") });
  }
}

function say(named: Named, status: SentStatus): void {
  named.set("status", { name: named.get("status")?.name ?? "status", text: status });
}

function textUnder(parameters: readonly Parameter[], name: string): string | undefined {
  const text = parameters.find((parameter) => parameter.name.toLowerCase() === name)?.text;
  return text === undefined || text === null ? undefined : trimBlanks(text);
}

function wordOf(field: Parameter | undefined): string {
  return fold(field?.text ?? "");
}

function fold(word: string): string {
  return trimBlanks(word).toLowerCase();
}
