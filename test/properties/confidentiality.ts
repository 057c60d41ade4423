/**
 * Confidentiality: two worlds that differ only in what somebody may not see answer that somebody alike, byte for byte. Clock and keys are shared, and nothing that
 * is asked for here draws a number.
 */
import fc from "fast-check";
import { atInstant, type ConsoleInProcess, type Heard } from "./console-in-process.ts";
import { drafts, NOTHING_MORE } from "./drafts.ts";
import { type Askable, addressOf, askables, bodyOf, type Question, questionsOf, vocabularyOf } from "./questions.ts";
import { LOOKERS, type Looker } from "./seen-cells.ts";
import { LOOKERS_TOKEN, tokenOfVisit, twins } from "./twins.ts";
import { WorldStorage } from "./world-storage.ts";
import { NOW_MS } from "./worlds.ts";

const QUESTIONS = 8;
/** Whoever is refused for asking too much learns nothing, and so would we. */
const TOO_MANY = 429;
const MOST_SHRINKING_MS = 30_000;

/** Prepares the property for consoles of which each has a world of its own: a function that holds it to one history, and throws with the smallest that breaks it. */
export async function prepareConfidentiality(
  isolates: readonly ConsoleInProcess[],
): Promise<(seed: number) => Promise<void>> {
  const [first] = isolates;
  if (!first) throw new Error("there is no console");
  const storage = new WorldStorage();
  const openApi = await first.ask(storage, { path: "/api/openapi.json", headers: {} });
  const everything = askables(openApi, first.pages);
  let visit = LOOKERS.length;
  const askers = await atInstant(NOW_MS, () => askersOf(everything, isolates, storage));
  const history = fc.constantFrom(...askers).chain((asker) =>
    fc.record({
      asker: fc.constant(asker),
      one: drafts,
      other: drafts,
      isSealed: fc.boolean(),
      questions: fc.array(asker.question, { minLength: 1, maxLength: QUESTIONS }),
    }),
  );
  const property = fc.asyncProperty(history, async ({ asker, one, other, isSealed, questions }) => {
    const worlds = twins(one, other, asker.looker, ++visit);
    const signed = { cookie: asker.cookie, bearer: tokenOfVisit(visit) };
    const vocabulary = vocabularyOf(worlds);
    const asked = questions.map((one) => ({
      path: addressOf(one, vocabulary),
      isPage: one.isPage,
      body: bodyOf(one, vocabulary),
    }));
    await atInstant(NOW_MS, async () => {
      const heard: Heard[][] = [];
      for (const [index, world] of worlds.entries()) {
        const isolate = isolates[index] ?? first;
        heard.push(await storage.holding(world, isSealed, () => askAll(isolate, storage, asked, signed)));
      }
      for (const [index, { path }] of asked.entries())
        compare(
          asker.looker,
          path,
          heard.map((all) => all[index]),
        );
    });
  });
  return async (seed) => fc.assert(property, { seed, numRuns: 1, interruptAfterTimeLimit: MOST_SHRINKING_MS });
}

interface Asker {
  looker: Looker;
  cookie: string;
  question: fc.Arbitrary<Question>;
  [fc.toStringMethod](): string;
}

/** Everybody who asks, with a session and what it is worth asking. All isolates are asked alike, so that they remember the same. */
async function askersOf(
  everything: readonly Askable[],
  isolates: readonly ConsoleInProcess[],
  storage: WorldStorage,
): Promise<Asker[]> {
  const plain = everything.map(({ path, isPage, isSent }) => ({
    path: path.replaceAll(":", ""),
    isPage,
    body: isSent ? "{}" : undefined,
  }));
  const askers: Asker[] = [];
  for (const [visit, looker] of LOOKERS.entries()) {
    const [world] = twins(NOTHING_MORE, NOTHING_MORE, looker, visit);
    const bearer = tokenOfVisit(visit);
    await storage.holding(world, false, async () => {
      const cookies: string[] = [];
      for (const isolate of isolates) cookies.push(await signIn(isolate, storage));
      const [cookie = ""] = cookies;
      const answers: Heard[][] = [];
      for (const isolate of isolates) answers.push(await askAll(isolate, storage, plain, { cookie, bearer }));
      const isRefused = (one: Askable) => answers[0]?.[everything.indexOf(one)]?.status === 403;
      const question = questionsOf(everything, isRefused);
      askers.push({ looker, cookie, question, [fc.toStringMethod]: () => looker.name });
    });
  }
  return askers;
}

/** A session of the looker's, by which pages know it: cookies are sealed, and worlds share the keys. */
export async function signIn(console: ConsoleInProcess, storage: WorldStorage): Promise<string> {
  const form = { token: LOOKERS_TOKEN };
  const { headers, status, body } = await console.ask(storage, { path: "/sign-in", headers: {}, form });
  const cookie = /(__Host-session=[^;"\\]+)/.exec(headers)?.[1];
  if (cookie === undefined) throw new Error(`the looker cannot sign in: ${status} ${body}`);
  return cookie;
}

async function askAll(
  console: ConsoleInProcess,
  storage: WorldStorage,
  asked: readonly { path: string; isPage: boolean; body: string | undefined }[],
  { cookie, bearer }: { cookie: string; bearer: string },
): Promise<Heard[]> {
  const heard: Heard[] = [];
  for (const { path, isPage, body } of asked) {
    const headers = isPage ? { cookie } : { authorization: `Bearer ${bearer}` };
    const sent = body === undefined ? {} : { body };
    heard.push(
      await console.ask(storage, {
        path,
        headers: { ...headers, ...(body !== undefined && { "content-type": "application/json" }) },
        ...sent,
      }),
    );
  }
  return heard;
}

/** The name that a form draws for what it will send says nothing. */
function withoutDrawn(text: string): string {
  return text.replaceAll(/(name="idempotency_key" value=")[0-9a-f-]{36}"/g, '$1"');
}

function compare({ name }: Looker, path: string, [one, other]: (Heard | undefined)[]): void {
  if (!one || !other) throw new Error("an answer is missing");
  if (one.status >= 500 || one.status === TOO_MANY) throw new Error(`${name} asks ${path}: ${one.status} ${one.body}`);
  for (const part of ["status", "headers", "body"] as const) {
    const [left = "", right = ""] = [one, other].map((heard) => withoutDrawn(String(heard[part])));
    if (left === right) continue;
    const at = [...left].findIndex((letter, index) => letter !== right[index]);
    const around = (text: string) => text.slice(Math.max(0, at - 120), at + 120);
    throw new Error(`${name} asks ${path} and sees a secret in the ${part}:\n  ${around(left)}\n  ${around(right)}`);
  }
}
