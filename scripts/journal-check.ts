/** Walks through the journals of all advertisers over the console's API, and collects what does not agree with the books. */
import type { JournalFinding } from "../workers/core/journal/check.ts";
import { type ConsoleFetch, callConsole, itemsOf, textOf } from "./console-api.ts";

const WALKS = ["rows", "messages", "conversions"] as const;

export interface JournalReport {
  /** Rows of journals looked at. */
  rows: number;
  findings: (JournalFinding & { advertiser: string })[];
}

/** Looks at every journal from both sides. What both sides find is told by each. */
export async function checkJournals(fetchConsole: ConsoleFetch): Promise<JournalReport> {
  const report: JournalReport = { rows: 0, findings: [] };
  for await (const { slug } of itemsOf(fetchConsole, "/api/advertisers")) {
    const advertiser = String(slug);
    for (const walk of WALKS)
      for (let after: string | null = ""; after !== null; ) {
        const path = `/api/verification/${advertiser}/journal?${new URLSearchParams({ walk, after })}`;
        const page = await callConsole(fetchConsole, { path });
        if (walk === "rows") report.rows += Number(page.checked);
        const found: JournalFinding[] = Array.isArray(page.findings) ? page.findings : [];
        report.findings.push(...found.map((finding) => ({ ...finding, advertiser })));
        after = textOf(page.next);
      }
  }
  return report;
}
