/** Erases from the dead letters under `failed/`. They stay letters: sent again, they come to what they would have come to. */
import type { AdoptionMessage, ClicksMessage, PostbackMessage, RefusalMessage } from "../../../schema/messages.ts";
import { ERASED_NOTE, eraseContent } from "../../core/erasure/erase-books.ts";
import { erasedVisitor } from "../../core/erasure/erased-names.ts";
import { saidTexts } from "../../core/erasure/said-texts.ts";
import type { AnyMessage } from "../delivery.ts";
import type { ErasedPerson } from "./erased-person.ts";

const PREFIX = "failed/";

/** The part of R2 that letters lie in. */
export interface Letters {
  list(options: {
    prefix: string;
    cursor?: string;
  }): Promise<{ objects: { key: string }[]; truncated: boolean; cursor?: string }>;
  get(key: string): Promise<{ text(): Promise<string> } | null>;
  put(key: string, text: string): Promise<unknown>;
}

export async function eraseLetters(letters: Letters, person: ErasedPerson): Promise<void> {
  for (let cursor: string | undefined; ; ) {
    const page = await letters.list({ prefix: PREFIX, ...(cursor === undefined ? {} : { cursor }) });
    for (const { key } of page.objects) await eraseAt(letters, key, person);
    if (!page.truncated) return;
    cursor = page.cursor;
  }
}

async function eraseAt(letters: Letters, key: string, person: ErasedPerson): Promise<void> {
  const object = await letters.get(key);
  if (!object) return;
  const text = await object.text();
  const erased = JSON.stringify(eraseLetter(read(text), person));
  if (erased !== text) await letters.put(key, erased);
}

/** What is no message of ours names nobody that could be found. */
function read(text: string): Partial<AnyMessage> | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The letter without what is personal, where it names the person; otherwise as it is. A letter may be broken: that may be why it is one. */
export function eraseLetter(letter: Partial<AnyMessage> | null, person: ErasedPerson): unknown {
  if (letter?.kind === "postback") return erasePostback(letter, person);
  if (letter?.kind === "refusal") return eraseRefusal(letter, person);
  if (letter?.kind === "adoption") return eraseAdoption(letter, person);
  return letter?.kind === "clicks" ? eraseLoggedClicks(letter, person) : letter;
}

function erasePostback(letter: Partial<PostbackMessage>, { advertiser, isNamed, replacement }: ErasedPerson) {
  const { content = {}, correction, ruling, tracker } = letter;
  const { clickId, txid, alsoTxid, unread } = content;
  const own = letter.advertiser === advertiser;
  const clicks = [clickId, tracker?.clickId, ...saidTexts({ unread })].filter((name) => name !== undefined);
  const names = [txid, alsoTxid, ...saidTexts({ unread })].filter((name) => name !== undefined);
  if (!clicks.some(isNamed.clickId) && !(own && names.some(isNamed.txid))) return letter;
  const renaming = {
    clickIdOf: replacing(replacement.clickId, isNamed.clickId),
    txidOf: replacing(replacement.txid, isNamed.txid),
  };
  return {
    ...letter,
    content: eraseContent(content, replacement, renaming),
    ...(tracker?.clickId !== undefined && { tracker: { ...tracker, clickId: renaming.clickIdOf(tracker.clickId) } }),
    ...(correction ? { correction: { ...correction, note: ERASED_NOTE } } : {}),
    ...(ruling ? { ruling: { ...ruling, note: ERASED_NOTE } } : {}),
  };
}

/** Whose clicks are not adopted yet are not adopted any more. */
function eraseAdoption(letter: Partial<AdoptionMessage>, { isNamed }: ErasedPerson) {
  const { clicks = [] } = letter;
  const kept = clicks.filter(({ foreignId }) => !isNamed.clickId(foreignId));
  return kept.length === clicks.length ? letter : { ...letter, clicks: kept };
}

function eraseRefusal(letter: Partial<RefusalMessage>, { advertiser, isNamed, replacement }: ErasedPerson) {
  const { clickId, txid, params = {} } = letter;
  const said = [clickId, txid, ...Object.values(params)].filter((text) => typeof text === "string");
  if (!said.some((text) => isNamed.clickId(text) || (letter.advertiser === advertiser && isNamed.txid(text))))
    return letter;
  return {
    ...letter,
    ...(clickId === undefined ? {} : { clickId: replacement.clickId(clickId) }),
    ...(txid === undefined ? {} : { txid: replacement.txid(txid) }),
    params: {},
  };
}

function eraseLoggedClicks(letter: Partial<ClicksMessage>, { isNamed, replacement, key }: ErasedPerson) {
  const { clicks = [] } = letter;
  if (!clicks.some(({ clickId }) => isNamed.clickId(clickId))) return letter;
  const erased = clicks.map((click) => {
    if (!isNamed.clickId(click.clickId)) return click;
    const { referrer: _, externalId: __, externalKind: ___, subs: ____, visitor, ...rest } = click;
    return {
      ...rest,
      clickId: replacement.clickId(click.clickId),
      ...(visitor === undefined ? {} : { visitor: erasedVisitor(key, visitor) }),
    };
  });
  return { ...letter, clicks: erased };
}

function replacing(replace: (name: string) => string, isNamed: (name: string) => boolean): (name: string) => string {
  return (name) => (isNamed(name) ? replace(name) : name);
}
