/** What a platform's answer means for a delivery: the courier sends one event in each request, which every platform takes. */
import type { ReceiversAnswer, Verdict } from "../courier/receivers-answer.ts";
import type { AdPlatform, PlatformVerdict, PreparedEvent } from "./ad-platform.ts";
import { type AnswerTimes, inDoubt, readInquiryAnswer, readPlatformAnswer, settleDoubt } from "./platform-answers.ts";

/** Of the request that told the event. Whatever was answered, it does not throw. */
export function readEventAnswer(
  platform: AdPlatform,
  event: PreparedEvent,
  answer: ReceiversAnswer,
  times: AnswerTimes,
): Verdict {
  return verdictOf(readPlatformAnswer(platform, [event], answer, times)[0]);
}

/** Of the request that asked what became of the event that was taken under `receipt`. */
export function readEventInquiry(
  platform: AdPlatform,
  receipt: string,
  answer: ReceiversAnswer,
  times: AnswerTimes,
): Verdict {
  return verdictOf(readInquiryAnswer(platform, [receipt], receipt, answer, times)[0]);
}

/** Of a request whose answer nobody recorded. */
export function silenceThere(platform: AdPlatform, times: AnswerTimes): Verdict {
  return verdictOf(settleDoubt(platform, inDoubt("no_answer"), times));
}

/** The same of a verdict of one event. */
export function verdictOf(verdict: PlatformVerdict | undefined): Verdict {
  switch (verdict?.outcome) {
    case "delivered":
      return { outcome: "sent" };
    case "ask_later":
      return { outcome: "taken", receipt: verdict.receipt, afterMs: verdict.afterMs };
    case "refused":
      return { outcome: "refused", reason: verdict.reason };
    case "off":
      return { outcome: "off", reason: verdict.reason };
    case "retry":
    case "in_doubt":
      return verdict;
    // A half of one event is none: what is refused together is refused alone.
    case "split":
    case undefined:
      return { outcome: "refused", reason: "refused_there" };
  }
}
