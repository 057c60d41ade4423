/** An operator's correction names a conversion; as a command it takes that conversion's keys, so that it is booked like any postback of it. */
import type { Command } from "./command.ts";
import type { Conversion } from "./conversion.ts";

/** The correction with its conversion's place and terms; barred when there is no such conversion. */
export function completeCorrection(command: Command, conversion: Conversion | undefined): Command {
  if (!command.correction) return command;
  if (!conversion || conversion.advertiser !== command.advertiser) return barCorrection(command);
  const { txid, event, test, click, terms, base } = conversion;
  return { ...command, txid, event, test, click, terms, correction: { ...command.correction, base: base.receipt } };
}

/** The correction of a conversion that is not in the books, or no more. */
export function barCorrection(command: Command): Command {
  return { ...command, bar: { status: "rejected", reason: "unknown_order" } };
}
