/** List prices, in US dollars, beyond what the plan includes; read in November 2026 from developers.cloudflare.com (workers, queues, d1, durable-objects, kv, r2: platform/pricing). */

export const PRICES = {
  request: 0.3e-6,
  cpuMs: 0.02e-6,
  kvRead: 0.5e-6,
  /** One for every begun 64 KB that is written, read or deleted. */
  queueOperation: 0.4e-6,
  rowWritten: 1e-6,
  rowRead: 0.001e-6,
  databaseGbMonth: 0.75,
  objectCall: 0.15e-6,
  objectRowWritten: 1e-6,
  objectRowRead: 0.001e-6,
  objectGbSecond: 12.5e-6,
  objectGbMonth: 0.2,
  archiveGbMonth: 0.015,
  /** R2, class A. */
  archiveWrite: 4.5e-6,
} as const;

/** An object is billed for this much while it works. */
export const OBJECT_GB = 0.128;

/** What trackers publish, in US dollars for a million events. */
export const TRACKERS: readonly { name: string; least: number; most: number }[] = [
  { name: "ClickFlare, Voluum (overage)", least: 15, most: 40 },
  { name: "Linquid", least: 100, most: 100 },
  { name: "Dub", least: 300, most: 600 },
];
