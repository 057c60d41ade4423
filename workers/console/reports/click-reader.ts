/**
 * The Durable Object `ClickReader`, which stores nothing: it reads a share of the click log for a report. A Worker has half a minute of one processor for a request, so a report over many
 * clicks is shared out to several, each on a processor of its own.
 */
import { retryable } from "cloudflare:durable-objects";
import { DurableObject } from "cloudflare:workers";
import type { CellQuestion, ClickCell } from "../../core/metrics/click-cells.ts";
import type { ClickLogEnv, TimeSpan } from "../click-log/stretches.ts";
import { countCells } from "./click-cells.ts";

export class ClickReader extends DurableObject<ClickLogEnv> {
  static {
    retryable(ClickReader.prototype.count);
  }

  async count(question: CellQuestion, spans: TimeSpan[], nowMs: number): Promise<ClickCell[] | null> {
    return countCells(this.env, question, spans, nowMs);
  }
}
