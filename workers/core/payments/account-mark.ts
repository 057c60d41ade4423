/** What says that two accounts are one without telling either: a keyed hash of where the money goes, however it was written. */
import { electronicFormatIBAN, isValidIBAN } from "ibantools";
import { encodeBase32 } from "../base32.ts";
import { hmac, importHmacKey } from "../hmac-sha256.ts";
import { derive, type KeyRing } from "../key-ring.ts";
import type { BankAccount } from "./bank-account.ts";

/** 130 bits of HMAC-SHA-256. */
const LENGTH = 26;
/** An IBAN in free text, with blanks or dashes in it. */
const IBAN_IN_TEXT = /\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}/gi;
const SHORTEST_IBAN = 15;

/** The mark of an account, or of free text that says one, such as `1-8k…`: its key's number, then the hash. */
export type MarkAccount = (paidTo: BankAccount | string) => string;

/** Marks are made under the ring's lowest key, so that they stay comparable when a new master key begins to sign. `keyed` is what each of them begins with. */
export async function deriveAccountMarks(ring: KeyRing): Promise<{ keyed: string; mark: MarkAccount }> {
  const number = Math.min(...ring.hkdf.keys());
  const bytes = await derive(ring, number, "bank-marks");
  if (!bytes) throw new Error("the key ring is empty");
  const key = importHmacKey(bytes);
  const keyed = `${number}-`;
  const encoder = new TextEncoder();
  return { keyed, mark: (paidTo) => `${keyed}${encodeBase32(hmac(key, encoder.encode(placeOf(paidTo))), LENGTH)}` };
}

/** Where the money goes: whose name stands beside it does not count, nor how it is written. */
function placeOf(paidTo: BankAccount | string): string {
  if (typeof paidTo === "string") {
    const iban = ibanIn(paidTo);
    return iban === null ? `text ${bare(paidTo).toLowerCase()}` : `iban ${iban}`;
  }
  if (paidTo.by === "iban") return `iban ${paidTo.iban}`;
  return `number ${paidTo.country} ${bare(paidTo.bankCode).toUpperCase()} ${bare(paidTo.number).toUpperCase()}`;
}

/** The first one whose check digits fit. What follows it may look like more of it, so ends are tried from the right. */
function ibanIn(text: string): string | null {
  for (const [found] of text.matchAll(IBAN_IN_TEXT)) {
    const whole = electronicFormatIBAN(found) ?? "";
    for (let end = whole.length; end >= SHORTEST_IBAN; end--)
      if (isValidIBAN(whole.slice(0, end))) return whole.slice(0, end);
  }
  return null;
}

function bare(text: string): string {
  return text.normalize("NFKC").replace(/[^\p{L}\p{N}@]+/gu, "");
}
