/** What the archive of commands costs in a month, beside what it is made of: the objects' alarms and rows, and the bucket's pieces. */
import { PRICES } from "./prices.ts";

const MONTH_HOURS = 720;
/** As command-page.ts has it: rows in a piece, more or less. */
const PIECE_ROWS = 1_000;
/**
 * Of a conversion, with its 1.2 messages and its part of the journal, packed: 414 to 423 in full pieces. Measured on two runs of the demo's history, some 1,200 conversions of five
 * advertisers, whose objects were archived once in pieces of 3, 10, 30, 100 and 1,000 rows.
 */
const CONVERSION_BYTES = 420;
/** What a piece takes besides: the same runs came to 390 more for each of 3 rows, and to 580 for each of 30, since little repeats itself in so few. */
const PIECE_BYTES = 500;
/** The same, as rows read again to be archived. */
const CONVERSION_ROWS = 3;
/** In an hour with messages: the alarm, and how far it is archived. */
const HOUR_ROWS = 2;

export interface CommandArchiveCost {
  pieces: number;
  rowsWritten: number;
  rowsRead: number;
  gigabytes: number;
  dollars: number;
}

/** Each advertiser's conversions are supposed to come in all hours of the month. */
export function commandArchiveCost(conversions: number, advertisers: number): CommandArchiveCost {
  const hours = Math.min(conversions, advertisers * MONTH_HOURS);
  const pieces = Math.max(hours, (conversions * CONVERSION_ROWS) / PIECE_ROWS);
  const rowsWritten = hours + pieces * (HOUR_ROWS - 1);
  const rowsRead = conversions * CONVERSION_ROWS;
  const gigabytes = (conversions * CONVERSION_BYTES + pieces * PIECE_BYTES) / 1e9;
  const dollars =
    pieces * PRICES.archiveWrite +
    hours * PRICES.objectCall +
    rowsWritten * PRICES.objectRowWritten +
    rowsRead * PRICES.objectRowRead +
    gigabytes * PRICES.archiveGbMonth;
  return { pieces, rowsWritten, rowsRead, gigabytes, dollars };
}
