/** Asks the API of an old tracker, as patiently as its limits want it, and reads answers of it that were kept in a folder. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface OldApiParts {
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Waits for so many milliseconds. */
  sleep: (ms: number) => Promise<unknown>;
}

/** Gives the JSON that an address answers. Throws one line that says what to do: for a key that is wrong, for what is no JSON, and when the tracker does not answer for long. */
export type AskOldApi = (url: string, init: { method: string; body?: string }) => Promise<unknown>;

const MOST_TRIES = 6;
const LONGEST_WAIT_S = 120;

/** What is asked for cannot be had, such as columns that a tracker does not know. */
export class RefusedRequest extends Error {}

/** `headers` go with each request; `keyAdvice` is what to check where the key is refused. */
export function oldApi(
  { fetch, sleep }: OldApiParts,
  { headers, keyAdvice }: { headers: Record<string, string>; keyAdvice: string },
): AskOldApi {
  return async (url, init) => {
    for (let tries = 1; ; tries++) {
      const answer = await fetch(url, {
        ...init,
        headers: { ...headers, "content-type": "application/json" },
      }).catch((error: unknown) => (tries < MOST_TRIES ? null : Promise.reject(error)));
      if (answer?.status === 200) return readJson(url, await answer.text());
      if (answer?.status === 401 || answer?.status === 402 || answer?.status === 403)
        throw new Error(`${url} answered ${answer.status}: ${keyAdvice}`);
      if (answer && answer.status !== 429 && answer.status < 500) {
        const failed = `${url} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`;
        throw answer.status === 400 || answer.status === 422 ? new RefusedRequest(failed) : new Error(failed);
      }
      if (tries === MOST_TRIES) throw new Error(`${url} answered ${answer?.status} ${tries} times: try again later`);
      await sleep(waitMs(answer, tries));
    }
  };
}

function waitMs(answer: Response | null, tries: number): number {
  const said = Number(answer?.headers.get("retry-after") ?? Number.NaN);
  return 1_000 * Math.min(LONGEST_WAIT_S, Number.isFinite(said) ? said : 2 ** tries);
}

/** An answer that was kept as `folder/name.json`. Throws where it is not there, or is no JSON. */
export function keptAnswer(folder: string, name: string): unknown {
  const path = join(folder, `${name}.json`);
  if (!existsSync(path)) throw new Error(`${path} is not there`);
  return readJson(path, readFileSync(path, "utf8"));
}

/** The same; `otherwise` where it is not there. */
export function keptAnswerOr(folder: string, name: string, otherwise: unknown): unknown {
  return existsSync(join(folder, `${name}.json`)) ? keptAnswer(folder, name) : otherwise;
}

function readJson(where: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${where} is no JSON, and begins with ${JSON.stringify(text.slice(0, 80))}`);
  }
}
