/** What the system under soak holds of clicks and receipts, read as an analyst would: from the exports. */
import type { FullFetch } from "../console-api.ts";
import { readExport, textOf } from "../programme/books.ts";
import type { ExpectedConversion } from "../programme/scene.ts";

export interface Books {
  /** Status by receipt. */
  postbacks: Map<string, string>;
  /** Receipts that have two rows. */
  double: string[];
  conversions: ExpectedConversion[];
  clicks: Set<string>;
}

/** The receipts that have a row, of what was received since then. */
export async function readPostbacks(
  fetchConsole: FullFetch,
  fromMs: number,
): Promise<Pick<Books, "postbacks" | "double">> {
  const postbacks = new Map<string, string>();
  const double: string[] = [];
  for await (const row of readExport(fetchConsole, "postbacks", fromMs)) {
    const receipt = textOf(row.receipt);
    if (postbacks.has(receipt)) double.push(receipt);
    postbacks.set(receipt, textOf(row.status));
  }
  return { postbacks, double };
}

export async function readClicks(fetchConsole: FullFetch, fromMs: number): Promise<Set<string>> {
  const clicks = new Set<string>();
  for await (const row of readExport(fetchConsole, "clicks", fromMs)) clicks.add(textOf(row.click_id));
  return clicks;
}
