/**
 * Guesses at tokens, counted in memory: a network that was wrong twenty times is heard no more until a minute after the first, but for tokens that were right
 * there before, so that a guesser or a program with an old token keeps out nobody who shares its address.
 */
import { keepLatest } from "./keep-latest.ts";
import { MINUTE_MS } from "./time-units.ts";

export const MOST_WRONG = 20;
export const WRONG_FOR_MS = MINUTE_MS;
/** What a flood from everywhere may take of an isolate's memory: some 2 MB. */
const MAX_NETWORKS = 10_000;
const MAX_RIGHT = 1_000;

export interface Guesses {
  /** False while nothing is to be looked at that `network` brings, except where this token was right there before. Both are hashes. */
  mayTry(network: string, token: string, nowMs: number): boolean;
  /** Counts a wrong one, and gives how many there were in the minute, this one included. */
  wrong(network: string, nowMs: number): number;
  right(network: string, token: string): void;
}

/** A memory in which nobody was wrong. */
export function createGuesses(): Guesses {
  const wrongs = new Map<string, { count: number; untilMs: number }>();
  const rights = new Map<string, true>();
  const wrongsOf = (network: string, nowMs: number) => {
    const held = wrongs.get(network);
    return held && nowMs < held.untilMs ? held : { count: 0, untilMs: nowMs + WRONG_FOR_MS };
  };
  return {
    mayTry: (network, token, nowMs) =>
      wrongsOf(network, nowMs).count < MOST_WRONG || rights.has(pairOf(network, token)),
    wrong(network, nowMs) {
      const { count, untilMs } = wrongsOf(network, nowMs);
      keepLatest(wrongs, network, { count: count + 1, untilMs }, MAX_NETWORKS);
      return count + 1;
    },
    right: (network, token) => keepLatest(rights, pairOf(network, token), true, MAX_RIGHT),
  };
}

function pairOf(network: string, token: string): string {
  return `${network} ${token}`;
}
