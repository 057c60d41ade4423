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

/** What is wrong with a mapping: where in it (`["names", "their_word"]`; empty: all of it), and a sentence for the operator. */
export interface MappingFault {
  place: readonly string[];
  why: string;
}

/** Refuses an unknown preset or part, a target that is no parameter of ours (or `-`), a status that we do not have. */
export function readMapping(input: unknown): Result<Mapping, MappingFault> {
  if (!isRecord(input)) return faulty([], "a mapping is an object of preset, names, events and statuses");
  const stranger = Object.keys(input).find((part) => !PARTS.has(part));
  if (stranger !== undefined) return faulty([stranger], `a mapping has no part “${stranger}”`);
  const { preset } = input;
  if (preset !== undefined && (typeof preset !== "string" || !PRESETS.has(preset)))
    return faulty(["preset"], `preset is one of ${[...PRESETS.keys()].join(", ")}`);
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
): Result<Record<string, string>, MappingFault> {
  if (input === undefined) return accept({});
  if (!isRecord(input)) return faulty([part], `${part} is an object of the sender's word → ours`);
  const words: [string, string][] = [];
  for (const [word, target] of Object.entries(input)) {
    if (word === "" || word === "__proto__" || word.length > MAX_WORD_LENGTH)
      return faulty([part, word], `${part} has a word that cannot be mapped`);
    if (typeof target !== "string" || target.length > MAX_WORD_LENGTH || !isTarget(target))
      return faulty([part, word], `${part} maps “${word}” to something that we do not have`);
    words.push([word, target]);
  }
  return words.length > MAX_WORDS
    ? faulty([part], `${part} has more than ${MAX_WORDS} words`)
    : accept(Object.fromEntries(words));
}

function faulty(place: readonly string[], why: string): Result<never, MappingFault> {
  return refuse({ place, why });
}
