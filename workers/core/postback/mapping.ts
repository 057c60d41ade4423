/** Reads a mapping as the API takes it: `{preset?, names?, events?, statuses?}`, each of the three an object of the sender's word → ours. */

import type { Mapping } from "../../../schema/records.ts";
import { isRecord } from "../is-record.ts";
import { accept, type Result, refuse } from "../result.ts";
import { UNREAD } from "./dialect.ts";
import { PRESETS } from "./mapping-presets.ts";
import { isParameterName } from "./parameter-names.ts";
import { readSentStatus } from "./sent-status.ts";

const MAX_WORDS = 100;
const MAX_WORD_LENGTH = 128;
const PARTS: ReadonlySet<string> = new Set(["preset", "names", "events", "statuses"]);

/** Refuses with a sentence for the operator: an unknown preset or part, a target that is no parameter of ours (or `-`), a status that we do not have. */
export function readMapping(input: unknown): Result<Mapping, string> {
  if (!isRecord(input)) return refuse("a mapping is an object of preset, names, events and statuses");
  const stranger = Object.keys(input).find((part) => !PARTS.has(part));
  if (stranger !== undefined) return refuse(`a mapping has no part “${stranger}”`);
  const { preset } = input;
  if (preset !== undefined && (typeof preset !== "string" || !PRESETS.has(preset)))
    return refuse(`preset is one of ${[...PRESETS.keys()].join(", ")}`);
  const names = readWords(input.names, "names", (target) => target === UNREAD || isParameterName(target));
  if (!names.ok) return names;
  const events = readWords(input.events, "events", (event) => event !== "");
  if (!events.ok) return events;
  const statuses = readWords(input.statuses, "statuses", (status) => readSentStatus(status) !== undefined);
  if (!statuses.ok) return statuses;
  return accept({
    ...(preset === undefined ? {} : { preset }),
    ...(input.names === undefined ? {} : { names: names.value }),
    ...(input.events === undefined ? {} : { events: events.value }),
    ...(input.statuses === undefined ? {} : { statuses: statuses.value }),
  });
}

function readWords(
  input: unknown,
  part: string,
  isTarget: (target: string) => boolean,
): Result<Record<string, string>, string> {
  if (input === undefined) return accept({});
  if (!isRecord(input)) return refuse(`${part} is an object of the sender's word → ours`);
  const words: [string, string][] = [];
  for (const [word, target] of Object.entries(input)) {
    if (word === "" || word === "__proto__" || word.length > MAX_WORD_LENGTH)
      return refuse(`${part} has a word that cannot be mapped`);
    if (typeof target !== "string" || target.length > MAX_WORD_LENGTH || !isTarget(target))
      return refuse(`${part} maps “${word}” to something that we do not have`);
    words.push([word, target]);
  }
  return words.length > MAX_WORDS
    ? refuse(`${part} has more than ${MAX_WORDS} words`)
    : accept(Object.fromEntries(words));
}
