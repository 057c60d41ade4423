/** How a conversion stands, as it was read for its affiliate, in words. */
import { conversions } from "../../../schema/tables.ts";
import { conversionInWords, type InWords } from "../../core/affiliates-words.ts";
import { textIn } from "./fields-of.ts";

export function standOf(row: Record<string, unknown>): InWords {
  const status = conversions.status.enumValues.find((one) => one === row.status);
  if (status === undefined) throw new Error(`a conversion without a status: ${String(row.status)}`);
  return conversionInWords({
    status,
    test: row.test === true,
    imported: row.imported === true,
    hold: textIn(row, "hold"),
    reason: textIn(row, "reason"),
    isRefunded: /[1-9]/.test(textIn(row, "refunded") ?? ""),
  });
}
