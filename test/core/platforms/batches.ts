/** Batches of events, which the courier makes none of: it sends each by itself. So platforms' requests and answers are played with as many events as they take. */
import type { AdPlatform, PreparedEvent } from "../../../workers/core/platforms/ad-platform.ts";

/** Batches of events that may be sent together, in their order: one lane each, no larger than the platform takes. Tests go alone, since platforms show no batches of them. */
export function packEvents(platform: AdPlatform, events: readonly PreparedEvent[]): PreparedEvent[][] {
  const lanes = Map.groupBy(events, ({ lane: { call, target, isTest } }) => JSON.stringify([call, target, isTest]));
  return [...lanes.values()].flatMap((lane) => {
    const size = lane[0]?.lane.isTest ? 1 : platform.batch.events;
    return Array.from({ length: Math.ceil(lane.length / size) }, (_, index) =>
      lane.slice(index * size, (index + 1) * size),
    );
  });
}

/** Of a batch that was refused for one of its events, what is sent instead. */
export function splitBatch(batch: readonly PreparedEvent[]): PreparedEvent[][] {
  const middle = Math.ceil(batch.length / 2);
  return [batch.slice(0, middle), batch.slice(middle)].filter((half) => half.length > 0);
}
