/** A door: one way by which messages come in, from the path that it stands at to what it answers. */
import { SLUG } from "../../core/slug.ts";
import type { DoorAnswer } from "../answers.ts";
import type { Reception } from "../reception.ts";

export interface Door {
  /** Paths that lead here; the first group is the advertiser's slug. No path leads to two doors. */
  path: RegExp;
  methods: readonly string[];
  /** Answers a request of such a method that reached an advertiser. `target` is path and query as sent. */
  take(reception: Reception, request: Request, target: string): Promise<Response>;
  /** Answers a request that did not come so far, or failed on the way. */
  apologise(said: DoorAnswer, headers?: Record<string, string>): Response;
}

/**
 * Paths of an advertiser's own: `/p/{advertiser}` and what is behind it, a part of a regular expression. As forgiving as the links are: people type these
 * addresses. What is signed is the path as sent, whichever way it is written.
 */
export function pathOfAdvertiser(rest: string): RegExp {
  return new RegExp(`^/p/(${SLUG})${rest}/?$`, "i");
}
