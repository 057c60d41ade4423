/** What a worker says at `/health`, for whoever watches it from outside: whether the parts that it cannot do without answer. */

export const HEALTH_PATH = "/health";
/** So long an answer holds, so that nobody makes a worker ask its parts by asking it. */
const HOLDS_MS = 5_000;

/** Parts by name, each with a question that fails where it does not answer. */
export type HealthParts = Readonly<Record<string, () => Promise<unknown>>>;

/** Puts down in the log why a part does not answer. */
export type TellFault = (part: string, error: unknown) => void;

interface Told {
  status: 200 | 503;
  body: string;
}

/** Remembers what was found, for some seconds. */
export function createHealth(told: TellFault): (parts: HealthParts, nowMs: number) => Promise<Response> {
  let last: { found: Promise<Told>; atMs: number } | null = null;
  return async (parts, nowMs) => {
    if (last === null || nowMs - last.atMs >= HOLDS_MS || nowMs < last.atMs)
      last = { found: ask(parts, told), atMs: nowMs };
    const { status, body } = await last.found;
    const headers = { "content-type": "application/json", "cache-control": "no-store" };
    return new Response(body, { status, headers });
  };
}

/** `{"ok": true}`, and with each part whether it answers; why one does not is for the log. */
async function ask(parts: HealthParts, told: TellFault): Promise<Told> {
  const answers = await Promise.all(
    Object.entries(parts).map(async ([name, question]) => {
      try {
        await question();
        return [name, true] as const;
      } catch (error) {
        told(name, error);
        return [name, false] as const;
      }
    }),
  );
  const ok = answers.every(([, answered]) => answered);
  return { status: ok ? 200 : 503, body: JSON.stringify({ ok, ...Object.fromEntries(answers) }) };
}
