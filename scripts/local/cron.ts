/** When a cron expression is due: five fields (minute, hour, day of month, month, day of week) in UTC, each `*`, numbers, ranges, lists and steps. */
import { MINUTE_MS } from "../../workers/core/time-units.ts";

const FIELDS = [
  { first: 0, last: 59, of: (time: Date) => time.getUTCMinutes() },
  { first: 0, last: 23, of: (time: Date) => time.getUTCHours() },
  { first: 1, last: 31, of: (time: Date) => time.getUTCDate() },
  { first: 1, last: 12, of: (time: Date) => time.getUTCMonth() + 1 },
  // The platform counts the days of the week from Sunday = 1.
  { first: 1, last: 7, of: (time: Date) => time.getUTCDay() + 1 },
] as const;

const PART = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/;

/** True when `expression` is due in the minute of `timeMs`. Throws on an expression that it cannot read. */
export function isDue(expression: string, timeMs: number): boolean {
  const time = new Date(timeMs);
  const parts = expression.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) throw new Error(`cannot read the cron expression ${expression}`);
  return FIELDS.every((field, index) =>
    (parts[index] ?? "").split(",").some((part) => holds(part, field.of(time), field, expression)),
  );
}

function holds(part: string, value: number, field: { first: number; last: number }, expression: string): boolean {
  const match = PART.exec(part);
  if (!match) throw new Error(`cannot read ${part} in the cron expression ${expression}`);
  const [, from, to, step] = match;
  const first = from === undefined ? field.first : Number(from);
  const last = to !== undefined ? Number(to) : from === undefined || step !== undefined ? field.last : first;
  return value >= first && value <= last && (value - first) % Number(step ?? 1) === 0;
}

/** Fires each worker's expressions in every minute in which they are due, since the simulator does not. Gives the way to stop. */
export function fireCrons(
  crons: readonly { worker: string; expression: string }[],
  fire: (worker: string, expression: string, timeMs: number) => Promise<void>,
): () => void {
  let timer: NodeJS.Timeout;
  const waitForNextMinute = () => {
    const nextMs = (Math.floor(Date.now() / MINUTE_MS) + 1) * MINUTE_MS;
    timer = setTimeout(() => {
      for (const { worker, expression } of crons)
        if (isDue(expression, nextMs))
          fire(worker, expression, nextMs).catch((error) => console.error(`the cron of ${worker} failed: ${error}`));
      waitForNextMinute();
    }, nextMs - Date.now());
  };
  waitForNextMinute();
  return () => clearTimeout(timer);
}
