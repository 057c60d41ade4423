/** A courier as small as can be: it tells a double of facts until each has an end, through whatever goes wrong on the way. */

import type { ReceiversAnswer } from "../../../workers/core/courier/receivers-answer.ts";
import type { PlatformVerdict, PreparedEvent } from "../../../workers/core/platforms/ad-platform.ts";
import { readInquiryAnswer, readPlatformAnswer } from "../../../workers/core/platforms/platform-answers.ts";
import { inquiryOf, prepareEvent, requestOf } from "../../../workers/core/platforms/platform-events.ts";
import type { PlatformFacts } from "../../../workers/core/platforms/platform-facts.ts";
import type { PlatformName } from "../../../workers/core/platforms/platform-target.ts";
import { PLATFORMS } from "../../../workers/core/platforms/platforms.ts";
import { DOUBLES, type DoubleRequest } from "../../platforms/doubles.ts";
import { packEvents, splitBatch } from "./batches.ts";
import { hasSecret, NOW_MS, SECRETS, settingsFor } from "./facts.ts";

/** What befalls a request: nothing, its answer is lost, it never leaves, the platform is busy, or fails before it takes anything. */
export type Fault = "none" | "lost" | "unsent" | "busy";

export interface Teller {
  /** What became of each delivery: the end's outcome and reason, such as `delivered` or `refused refused_there`. */
  ends: Map<string, string>;
  requests: number;
  tell(facts: readonly PlatformFacts[]): void;
  double: ReturnType<(typeof DOUBLES)[PlatformName]>;
}

const LAST_ROUND = 200;

export function teller(name: PlatformName, nextFault: () => Fault = () => "none"): Teller {
  let nowMs = NOW_MS;
  const platform = PLATFORMS[name];
  const settings = settingsFor(name);
  const double = DOUBLES[name](() => nowMs);
  const ends = new Map<string, string>();
  const self: Teller = { ends, requests: 0, tell, double };

  function send(request: DoubleRequest): ReceiversAnswer {
    self.requests++;
    const fault = nextFault();
    if (fault === "unsent") return { kind: "unsent", reason: "unreachable" };
    if (fault === "busy") return { kind: "answered", status: 429, retryAfter: "30", body: "" };
    const { status, body } = double.answer(request);
    return fault === "lost"
      ? { kind: "silence", timedOut: true }
      : { kind: "answered", status, retryAfter: null, body };
  }

  function tell(facts: readonly PlatformFacts[]): void {
    const prepared = facts.flatMap((one) => {
      const event = prepareEvent(platform, one, { settings, hasSecret }, nowMs);
      if (!event.ok) ends.set(one.deliveryId, `skipped ${event.refusal}`);
      return event.ok ? [event.value] : [];
    });
    const firstTriedAtMs = nowMs;
    const queue = packEvents(platform, prepared);
    for (let round = 0; queue.length > 0; round++) {
      if (round > LAST_ROUND) throw new Error("it comes to no end");
      const batch = queue.shift() ?? [];
      nowMs = Math.max(nowMs, ...batch.map(({ notBeforeMs }) => notBeforeMs));
      const answer = send(requestOf(platform, batch, settings, SECRETS));
      const verdicts = readPlatformAnswer(platform, batch, answer, { nowMs, firstTriedAtMs });
      queue.push(...follow(batch, verdicts, firstTriedAtMs));
      nowMs += 2_000;
    }
  }

  /** Ends what has an end, and gives what is sent again. */
  function follow(
    batch: readonly PreparedEvent[],
    verdicts: readonly PlatformVerdict[],
    firstTriedAtMs: number,
  ): PreparedEvent[][] {
    const of = (outcome: string) => batch.filter((_event, index) => verdicts[index]?.outcome === outcome);
    batch.forEach(({ deliveryId }, index) => {
      const verdict = verdicts[index];
      if (verdict) ends.set(deliveryId, "reason" in verdict ? `${verdict.outcome} ${verdict.reason}` : verdict.outcome);
    });
    const asked = verdicts.find((verdict) => verdict.outcome === "ask_later");
    const again = asked?.outcome === "ask_later" ? ask(of("ask_later"), asked, firstTriedAtMs) : [];
    return [...splitBatch(of("split")), of("retry"), ...again].filter((one) => one.length > 0);
  }

  function ask(
    batch: readonly PreparedEvent[],
    { receipt, afterMs }: Extract<PlatformVerdict, { outcome: "ask_later" }>,
    firstTriedAtMs: number,
  ): PreparedEvent[][] {
    nowMs += afterMs;
    const answer = send(inquiryOf(platform, receipt, settings, SECRETS));
    return follow(
      batch,
      readInquiryAnswer(platform, batch, receipt, answer, { nowMs, firstTriedAtMs }),
      firstTriedAtMs,
    );
  }

  return self;
}
