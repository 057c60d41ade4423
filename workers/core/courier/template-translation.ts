/** Translates a template that was written for another tracker into ours, once, when it is saved, and says what it made of it. */
import { isOneSlipFrom } from "../postback/unread.ts";
import { aliasNames, aliasOf, foldMacro, isAsked, type MacroQuestion, questionOf, statusOf } from "./macro-aliases.ts";
import type { Template } from "./template.ts";
import { macroNamed, type OwnerType, secretNamed } from "./template-macros.ts";
import type { TemplatePlace } from "./template-reader.ts";
import { bracedIn, readBraced, readMap } from "./template-text.ts";

/** What was made of one macro. */
export interface TranslatedMacro {
  place: TemplatePlace;
  written: string;
  became: string;
}

/** A macro that nobody knows, and what it is perhaps meant for. */
export interface UnknownMacro {
  place: TemplatePlace;
  written: string;
  perhaps: string | null;
}

export interface Translation {
  /** With canonical macros; where a question is open, or a macro unknown, what was written stands. */
  template: Template;
  translated: TranslatedMacro[];
  questions: (MacroQuestion & { place: TemplatePlace })[];
  unknown: UnknownMacro[];
}

/** Whose template it is, and what was answered to its questions so far: by the name as it was written, a canonical one. */
export interface TranslationHints {
  owner: OwnerType;
  answers: Readonly<Record<string, string>>;
}

/** Shorter names are one letter away from too many words. */
const MIN_TYPO_LENGTH = 4;

const NAME = "[A-Za-z_][A-Za-z0-9_.-]{0,63}";
const INSIDE = '[^{}"\\r\\n]{1,400}';
/** Brackets of other trackers, the longest first, so that none is taken for a part of another. `[X]` is a macro only where it is a whole value: elsewhere it may be a list's place. */
const BRACKETS: readonly { pattern: RegExp; inJson: boolean }[] = [
  { pattern: new RegExp(`\\[\\[\\[(${NAME})\\]\\]\\]`, "g"), inJson: true },
  { pattern: new RegExp(`\\[=(${NAME})=\\]`, "g"), inJson: true },
  { pattern: new RegExp(`\\{\\{\\s*(${NAME})\\s*\\}\\}`, "g"), inJson: true },
  { pattern: new RegExp(`\\$\\{(${INSIDE})\\}`, "g"), inJson: true },
  { pattern: new RegExp(`##(${NAME})##`, "g"), inJson: true },
  { pattern: new RegExp(`#(${NAME})#`, "g"), inJson: true },
  { pattern: new RegExp(`(?<=[=/])\\[(${NAME})\\](?=[&/?#]|$)`, "g"), inJson: false },
  { pattern: new RegExp(`%7B(${NAME})%7D`, "gi"), inJson: true },
];

/** Translates every text of the template; see `Translation`. Reading the result (`readTemplate`) tells what else is wrong with it. */
export function translateTemplate(template: Template, hints: TranslationHints): Translation {
  const found: Omit<Translation, "template"> = { translated: [], questions: [], unknown: [] };
  const isForeign = textsOf(template).some(({ text, isJson }) => speaksForeign(text, isJson));
  const translate = (place: TemplatePlace, text: string, isJson = false): string =>
    translateText({ place, text: withOurBraces(text, isJson), isJson }, { ...hints, isForeign }, found);
  const { url, headers, basic, body } = template;
  const whole: Template = {
    ...template,
    url: translate("address", url.trim()),
    headers: headers.map(({ name, value }) => ({ name, value: translate("header", value) })),
    basic: basic && { user: translate("user", basic.user), password: translate("password", basic.password) },
    body: body && { form: body.form, text: translate("body", body.text, body.form === "json") },
  };
  return { template: whole, ...found, translated: [...bracketsOf(template), ...found.translated] };
}

function textsOf({ url, headers, basic, body }: Template): { place: TemplatePlace; text: string; isJson: boolean }[] {
  return [
    { place: "address", text: url, isJson: false },
    ...headers.map(({ value }) => ({ place: "header" as const, text: value, isJson: false })),
    ...(basic
      ? [
          { place: "user" as const, text: basic.user, isJson: false },
          { place: "password" as const, text: basic.password, isJson: false },
        ]
      : []),
    ...(body ? [{ place: "body" as const, text: body.text, isJson: body.form === "json" }] : []),
  ];
}

function bracketsIn(isJson: boolean): RegExp[] {
  return BRACKETS.filter(({ inJson }) => inJson || !isJson).map(({ pattern }) => pattern);
}

/** The text with foreign brackets made ours; what stands in them is as it was. */
function withOurBraces(text: string, isJson: boolean): string {
  return bracketsIn(isJson).reduce(
    (next, pattern) => next.replace(pattern, (_, inside: string) => `{${inside}}`),
    text,
  );
}

/** Foreign brackets around names of ours, which no alias tells of. */
function bracketsOf(template: Template): TranslatedMacro[] {
  return textsOf(template).flatMap(({ place, text, isJson }) => {
    // Each pattern looks at what those before it left.
    let rest = text;
    return bracketsIn(isJson).flatMap((pattern) => {
      const matches = [...rest.matchAll(pattern)];
      rest = rest.replace(pattern, "");
      return matches.flatMap(([written, inside = ""]) =>
        macroNamed(inside) && !isAsked(inside) ? [{ place, written, became: `{${inside}}` }] : [],
      );
    });
  });
}

/** True for a text that was written for another tracker: by its brackets, or by names that only others have. */
function speaksForeign(text: string, isJson: boolean): boolean {
  if (withOurBraces(text, isJson) !== text) return true;
  return [...text.matchAll(bracedIn(isJson))].some(([, inside = ""]) => {
    const name = readBraced(inside)?.name ?? "";
    return macroNamed(name) === null && secretNamed(name) === null && (aliasOf(name) ?? questionOf(name)) !== null;
  });
}

function translateText(
  { place, text, isJson }: { place: TemplatePlace; text: string; isJson: boolean },
  hints: TranslationHints & { isForeign: boolean },
  found: Omit<Translation, "template">,
): string {
  return text.replace(bracedIn(isJson), (written, inside: string) => {
    // Keitaro's raw form; every value is encoded here.
    const braced = readBraced(inside.replace(/^_(?=[a-z])/, ""));
    if (!braced) {
      found.unknown.push({ place, written, perhaps: null });
      return written;
    }
    const became = translateName(braced.name, braced.how, hints);
    if (typeof became === "object") {
      if (became === null) found.unknown.push({ place, written, perhaps: perhaps(braced.name, hints.owner) });
      else found.questions.push({ ...became, place });
      return written;
    }
    const how = became === "status" && braced.how !== null ? translateStatuses(braced.how, place, found) : braced.how;
    // A date of which seconds were asked for is a time stamp.
    const next =
      became === "timestamp"
        ? "{timestamp}"
        : `{${became}${how === null ? "" : `:${how}`}${braced.fallback === null ? "" : `|${braced.fallback}`}}`;
    if (next !== written) found.translated.push({ place, written, became: next });
    return next;
  });
}

/** Our name of it; what is to be asked; or null where nobody knows it. */
function translateName(
  name: string,
  how: string | null,
  { owner, answers, isForeign }: TranslationHints & { isForeign: boolean },
): string | MacroQuestion | null {
  if (name === "date" && how === "U") return "timestamp";
  const answer = answers[name];
  if (answer !== undefined && macroNamed(answer)) return answer;
  const isOurs = macroNamed(name) !== null || secretNamed(name) !== null;
  if (isOurs && !(isAsked(name) && (owner === "affiliate" || isForeign))) return name;
  const question = questionOf(name);
  if (question)
    return { ...question, choices: question.choices.filter((choice) => macroNamed(choice)?.owners.includes(owner)) };
  return aliasOf(name);
}

/** Other trackers' statuses in a map become ours. */
function translateStatuses(how: string, place: TemplatePlace, found: Omit<Translation, "template">): string {
  const map = readMap(how);
  if (!map) return how;
  const pairs = new Map<string, string>();
  for (const [word, said] of map) {
    const own = /^(?:pending|approved|rejected|reversed)$/.test(word) ? word : statusOf(word);
    if (own === null) found.unknown.push({ place, written: word, perhaps: null });
    // Of two words that are one status here the first counts.
    const key = own ?? word;
    if (!pairs.has(key)) pairs.set(key, said);
  }
  return [...pairs].map(([word, said]) => `${word}=${said}`).join(" ");
}

/** The macro that a name is perhaps meant for: one slip from one that is known. */
function perhaps(name: string, owner: OwnerType): string | null {
  const folded = foldMacro(name);
  if (folded.length < MIN_TYPO_LENGTH) return null;
  const like = [...aliasNames()].find(
    ([other, own]) => (other === folded || isOneSlipFrom(other, folded)) && macroNamed(own)?.owners.includes(owner),
  );
  return like ? like[1] : null;
}
