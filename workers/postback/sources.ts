/** Shops' sources as an isolate knows them: their records from the edge, each with its secrets opened once. */
import type { SourceRecord } from "../../schema/records.ts";
import { createRecordMemory, type RecordMemory } from "../core/record-memory.ts";
import { remember } from "../core/remember.ts";
import { readOpeningKeys } from "../core/sealed-secrets.ts";
import type { PreparedSource } from "../core/sources/decide-source.ts";
import { prepareSource } from "../core/sources/prepare-source.ts";

const READ_MS = 3_000;

/** What one record is; `source` is null where nothing is to be taken by it. */
export interface HeldSource {
  source: PreparedSource | null;
}

/** The sources whose secrets these keys open, remembered for as long as the keys stay the same. Rejects, without repeating them, where they are none. */
export type OpenSources = (keys: string) => RecordMemory<HeldSource> | Promise<RecordMemory<HeldSource>>;

/** An empty memory of sources. */
export function rememberSources(): OpenSources {
  return remember(async (secret) => {
    const keys = await readOpeningKeys(secret);
    if (!keys.ok) throw new Error(`SOURCE_KEYS: ${keys.refusal}`);
    return createRecordMemory<HeldSource>({
      async hold(stored) {
        const record: SourceRecord = JSON.parse(stored);
        const source = await prepareSource(record, keys.value);
        if (source?.secrets.length === 0)
          console.error({ event: "source_secret_sealed_elsewhere", advertiser: record.advertiser, path: record.path });
        return { source };
      },
      firstReadMs: READ_MS,
      readAnewMs: READ_MS,
      absenceLasts: false,
      clock: globalThis,
      onStale: (key, error) => console.error({ event: "source_record_stale", key, error: String(error) }),
    });
  });
}
