/** A message that could not be settled may name somebody who was erased while it waited: it is kept without what is personal. */
import { objectName } from "../../core/books/stored.ts";
import { importErasureKey, type PersonNames, replacementFor } from "../../core/erasure/erased-names.ts";
import { saidTexts } from "../../core/erasure/said-texts.ts";
import type { HmacKey } from "../../core/hmac-sha256.ts";
import { clickDaysOf } from "../day-objects.ts";
import type { AnyMessage } from "../delivery.ts";
import type { Env } from "../env.ts";
import { erasedClicks } from "./erase-clicks.ts";
import { eraseLetter } from "./erase-letters.ts";
import { erasedAmong, foreignErased } from "./erased-in-log.ts";
import { personOf } from "./erased-person.ts";

/** The message as it may be kept. What keeps the names may be what is down: then it is kept as it came, and met when it is sent again. */
export async function meetLetter(env: Env, body: AnyMessage): Promise<AnyMessage> {
  try {
    const met = await namesMet(env, body);
    if (met.clickIds.length + met.txids.length === 0) return body;
    const advertiser = "advertiser" in body ? body.advertiser : 0;
    const person = personOf(env.ERASURE_KEY, { kind: "erasure", advertiser, ...met });
    // It is what it was, less some of its texts.
    return JSON.parse(JSON.stringify(eraseLetter(body, person)));
  } catch (error) {
    console.error({ event: "erased_not_asked", error: String(error) });
    return body;
  }
}

/** Of what the message names, what is erased. */
async function namesMet(env: Env, body: AnyMessage): Promise<PersonNames> {
  const key = importErasureKey(env.ERASURE_KEY);
  if (body?.kind === "clicks") {
    const clickIds = body.clicks.map(({ clickId }) => clickId);
    return {
      clickIds: await erasedClicks({ DB: env.DB, ARCHIVE: env.ARCHIVE, days: clickDaysOf(env.CLICK_DAYS) }, clickIds),
      txids: [],
    };
  }
  if (body?.kind === "adoption") {
    const names = body.clicks.map(({ foreignId }) => foreignId);
    return { clickIds: [...(await foreignErased(env.LOG, key, names))], txids: [] };
  }
  if (body?.kind === "postback" && body.tracker?.clickId !== undefined) {
    // No object knows it; it is met by what its row would be.
    const { txid, alsoTxid, unread } = body.content;
    return erasedTexts(
      env.LOG,
      key,
      body.advertiser,
      saidTexts({ click: body.tracker.clickId, txid, alsoTxid, unread }),
    );
  }
  if (body?.kind === "postback") {
    const { clickId, txid, alsoTxid } = body.content;
    const texts = (all: (string | undefined)[]) => all.filter((text) => text !== undefined);
    const names = { clickIds: texts([clickId]), txids: texts([txid, alsoTxid]) };
    return env.CONVERSIONS.getByName(objectName(body.advertiser)).met(body.advertiser, names);
  }
  if (body?.kind !== "refusal") return { clickIds: [], txids: [] };
  const { clickId, txid, params } = body;
  return erasedTexts(env.LOG, key, body.advertiser, [...saidTexts({ clickId, txid }), ...saidTexts(params)]);
}

/** Of texts that an advertiser's message says, the names that are erased: the log knows all that were erased everywhere. */
async function erasedTexts(
  db: D1Database,
  key: HmacKey,
  advertiser: number,
  said: readonly string[],
): Promise<PersonNames> {
  const replacement = replacementFor(key, advertiser);
  const erased = await erasedAmong(db, [...said.map(replacement.clickId), ...said.map(replacement.txid)]);
  return {
    clickIds: said.filter((text) => erased.has(replacement.clickId(text))),
    txids: said.filter((text) => erased.has(replacement.txid(text))),
  };
}
