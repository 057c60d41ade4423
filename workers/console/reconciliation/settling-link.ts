/** One click from a difference to what settles it: the correction of the conversion, or the import of the order that is missing, each filled in as the list has it. */
import { csvText } from "../../core/csv.ts";
import { formatMicros } from "../../core/money.ts";
import { may } from "../../core/rights.ts";
import type { Caller } from "../web/caller.ts";
import type { Explained } from "./difference-groups.ts";

/** Null where there is nothing to do here, or not for this caller. */
export function settlingLink(
  row: Explained,
  advertiser: string,
  caller: Pick<Caller, "role">,
): { href: string; label: string } | null {
  if (row.difference === "missing_here") return may(caller, "import") ? importLink(row, advertiser) : null;
  if (row.conversionId === null || !may(caller, "correct") || row.difference === "missing_there") return null;
  return { href: correctionHref(row, row.conversionId), label: "Correct" };
}

function correctionHref({ correction, txid }: Explained, conversion: string): string {
  const said = new URLSearchParams();
  if (correction?.status) said.set("status", correction.status);
  if (correction?.amountMicros != null) said.set("amount", formatMicros(correction.amountMicros));
  said.set("note", `As in the advertiser's list${txid === null ? "" : `, order ${txid}`}`);
  return `/conversions/${conversion}?${said}#correct`;
}

/** A click says whose order it is: without one there is nothing that an import could book. */
function importLink(row: Explained, advertiser: string): { href: string; label: string } | null {
  if (row.clickId === null || row.reason === "claim") return null;
  const { clickId, txid, event, theirStatus, theirAmountMicros, theirCurrency } = row;
  const amount = theirAmountMicros === null ? null : formatMicros(theirAmountMicros);
  const named = { click_id: clickId, txid, event, status: theirStatus, amount, currency: theirCurrency };
  const said = Object.entries(named).flatMap(([name, text]) => (text === null ? [] : [[name, text] as const]));
  const lines = [said.map(([name]) => name), said.map(([, text]) => csvText(text))];
  const pasted = lines.map((cells) => cells.join(",")).join("\n");
  return { href: `/import?${new URLSearchParams({ advertiser, pasted })}`, label: "Import" };
}
