/** Advertisers as an isolate knows them: their records from the edge, each prepared once with the secrets that are derived for it. */
import type { AdvertiserRecord } from "../../schema/records.ts";
import type { KeyRing } from "../core/key-ring.ts";
import { prepareSender, type Sender } from "../core/postback/sender.ts";
import { createRecordMemory, type RecordMemory } from "../core/record-memory.ts";

/** An old record may hold a mapping or an address that was changed since: it is used only where KV gives no answer for as long as a sender can wait. */
const READ_MS = 3_000;

/** An empty memory of advertisers, whose secrets are derived from `ring`. */
export function createSenders(ring: KeyRing): RecordMemory<Sender> {
  return createRecordMemory({
    hold(stored) {
      const record: AdvertiserRecord = JSON.parse(stored);
      return prepareSender(record, ring);
    },
    firstReadMs: READ_MS,
    readAnewMs: READ_MS,
    // Whoever is told that there is no such advertiser gives up; whoever is told to try again still has the message.
    absenceLasts: false,
    clock: globalThis,
    onStale: (key, error) => console.error({ event: "advertiser_record_stale", key, error: String(error) }),
  });
}
