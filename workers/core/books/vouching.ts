/** What one version of an advertiser's credentials did to a conversion: which of the messages that made it what it is were vouched for by it. */
import type { Conversion } from "./conversion.ts";
import type { DecidedMessage } from "./outcome.ts";

/** Credentials, from a moment on, in Unix milliseconds. */
export interface Voucher {
  version: number;
  sinceMs: number;
}

/** `made`: they vouched for the message that made, approved or reinstated it, so that it stands by their word. `changed`: for another one that moved it. */
export type Vouched = "made" | "changed";

/** The receipts of all messages that made a conversion what it is. */
export function receiptsOf({ base, statusReceipt, entries, refunds, refundedTotal }: Conversion): string[] {
  const caused = [...entries, ...refunds, ...(refundedTotal ? [refundedTotal] : [])].map(({ receipt }) => receipt);
  return [...new Set([base.receipt, statusReceipt, ...caused])];
}

/** What `voucher` did to a conversion; null for nothing. `messages` are those of its receipts that are held. */
export function vouchedFor(
  conversion: Conversion,
  messages: ReadonlyMap<string, DecidedMessage>,
  voucher: Voucher,
): Vouched | null {
  const own = receiptsOf(conversion).filter((receipt) => isVouched(messages.get(receipt), voucher));
  if (own.length === 0) return null;
  const approvals = conversion.entries
    .filter(({ kind }) => kind === "approval" || kind === "reinstatement")
    .map(({ receipt }) => receipt);
  const bySaying = messages.get(conversion.statusReceipt)?.command.content.status === "approved";
  const makers = [conversion.base.receipt, ...approvals, ...(bySaying ? [conversion.statusReceipt] : [])];
  return own.some((receipt) => makers.includes(receipt)) ? "made" : "changed";
}

function isVouched(message: DecidedMessage | undefined, { version, sinceMs }: Voucher): boolean {
  return message?.command.credentialVersion === version && message.command.receivedAtMs >= sinceMs;
}

/** Who spoke by these needs no credentials of the advertiser's. */
const WITHOUT_CREDENTIALS = /^(?:pixel|console|import|(?:webhook|tracker):.*)$/;

/** True where a sender's message made it, and nothing tells by which credentials: in open mode, or before versions were kept. */
export function isUntold({ base }: Conversion, messages: ReadonlyMap<string, DecidedMessage>, sinceMs: number) {
  const command = messages.get(base.receipt)?.command;
  if (!command || command.receivedAtMs < sinceMs || command.credentialVersion !== null) return false;
  return !WITHOUT_CREDENTIALS.test(command.channel);
}
