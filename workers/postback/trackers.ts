/** Other trackers as an isolate knows them: their records from the edge, each with its secret opened once, and whose each link is. */
import { type OwnerRecord, ownerKey, type TrackerRecord, trackerKeyAt } from "../../schema/records.ts";
import { createRecordMemory, type EdgeReader, type RecordMemory } from "../core/record-memory.ts";
import { remember } from "../core/remember.ts";
import { readOpeningKeys } from "../core/sealed-secrets.ts";
import { askedTrackers } from "../core/trackers/asked-trackers.ts";
import { type PreparedTracker, prepareTracker } from "../core/trackers/prepare-tracker.ts";

const READ_MS = 3_000;

/** What one record is; `tracker` is null where nothing is to be taken by it. */
interface HeldTracker {
  tracker: PreparedTracker | null;
}

/** A tracker that a request came to, and the request's path as the tracker has it. */
export interface TrackerEntrance {
  tracker: PreparedTracker;
  path: string;
  query: string;
}

export interface Trackers {
  /** The tracker that stands at this host or path; null where none does. `target` is path and query as sent. */
  find(reader: EdgeReader, url: string, target: string, nowMs: number): Promise<TrackerEntrance | null>;
  /** Slug of the advertiser that a link of ours sells for; null where that is not known. */
  ownerOf(reader: EdgeReader, link: number, nowMs: number): Promise<string | null>;
}

/** The trackers whose secrets these keys open, remembered for as long as the keys stay the same. Rejects, without repeating them, where they are none. */
export type OpenTrackers = (keys: string) => Trackers | Promise<Trackers>;

/** An empty memory of trackers. */
export function rememberTrackers(): OpenTrackers {
  return remember(async (secret) => {
    const keys = await readOpeningKeys(secret);
    if (!keys.ok) throw new Error(`SOURCE_KEYS: ${keys.refusal}`);
    const records = memoryOf<HeldTracker>(async (stored) => {
      const record: TrackerRecord = JSON.parse(stored);
      const tracker = await prepareTracker(record, keys.value);
      if (tracker?.secrets?.length === 0)
        console.error({ event: "tracker_secret_sealed_elsewhere", tracker: record.slug });
      return { tracker };
    });
    const owners = memoryOf<OwnerRecord>((stored) => JSON.parse(stored));
    return {
      async find(reader, url, target, nowMs) {
        const [whole, query] = splitTarget(target);
        for (const { at, path } of askedTrackers(hostOf(url), whole)) {
          const held = await records.find(reader, trackerKeyAt(at), nowMs);
          if (held?.tracker) return { tracker: held.tracker, path, query };
        }
        return null;
      },
      async ownerOf(reader, link, nowMs) {
        return (await owners.find(reader, ownerKey(link), nowMs))?.advertiser ?? null;
      },
    };
  });
}

function memoryOf<Held>(hold: (stored: string) => Held | Promise<Held>): RecordMemory<Held> {
  return createRecordMemory({
    hold,
    firstReadMs: READ_MS,
    readAnewMs: READ_MS,
    absenceLasts: false,
    clock: globalThis,
    onStale: (key, error) => console.error({ event: "tracker_record_stale", key, error: String(error) }),
  });
}

function splitTarget(target: string): [path: string, query: string] {
  const mark = target.indexOf("?");
  return mark < 0 ? [target, ""] : [target.slice(0, mark), target.slice(mark)];
}

/** In lower case, without its port. `new URL` would throw where two Host headers came. */
function hostOf(url: string): string {
  const authority = url.slice(url.indexOf("://") + 3).split(/[/?#]/, 1)[0] ?? "";
  return authority.replace(/:\d*$/, "").toLowerCase();
}
