/**
 * A file of payments for the bank: ISO 20022 `pain.001.001.09`, customer credit transfer initiation (https://www.iso20022.org), its SEPA batches as the European Payments Council's
 * implementation guidelines have them (EPC132-08). Elements stand in the schema's order:
 *
 *     GrpHdr   MsgId CreDtTm NbOfTxs CtrlSum InitgPty
 *     PmtInf   PmtInfId PmtMtd NbOfTxs CtrlSum [PmtTpInf] ReqdExctnDt Dbtr DbtrAcct DbtrAgt ChrgBr CdtTrfTxInf…    one for each currency and scheme
 *     CdtTrfTxInf   PmtId Amt [CdtrAgt] Cdtr CdtrAcct RmtInf
 */
import { minorUnitDigits } from "../minor-units.ts";
import { formatMicros } from "../money.ts";
import { sha256 } from "../sha256.ts";
import {
  accountWords,
  type BankAccount,
  type IbanAccount,
  MOST_HOLDER_CHARACTERS,
  type NumberedAccount,
} from "./bank-account.ts";
import { sepaText } from "./sepa-text.ts";
import type { Transfer, TransferScheme } from "./transfer-plan.ts";

const NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09";
/** 80 bits, so that no two orders have one name; with the number of a batch it stays below 35 characters. */
const NAME_CHARACTERS = 20;

/** Who pays, when, and what. */
export interface TransferOrder {
  debtor: IbanAccount;
  /** The day on which the bank is to pay: `2026-12-05`. */
  executeOn: string;
  createdAtMs: number;
  transfers: readonly Transfer[];
}

/** Payments of one currency and scheme, in their order. */
export interface TransferBatch {
  scheme: TransferScheme;
  currency: string;
  sumMicros: bigint;
  transfers: Transfer[];
}

export function batchesOf(transfers: readonly Transfer[]): TransferBatch[] {
  const batches = new Map<string, TransferBatch>();
  for (const transfer of transfers) {
    const { scheme, currency, amountMicros } = transfer;
    const name = `${currency} ${scheme}`;
    const batch = batches.get(name) ?? { scheme, currency, sumMicros: 0n, transfers: [] };
    batch.sumMicros += amountMicros;
    batch.transfers.push(transfer);
    batches.set(name, batch);
  }
  return [...batches.entries()].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, batch]) => batch);
}

/** The name of the file, out of what it orders: the bank takes the same order once, however often it is written. */
export function messageIdOf({ debtor, executeOn, transfers }: TransferOrder): string {
  const orders = transfers.map((one) => [one.id, one.currency, String(one.amountMicros), accountWords(one.account)]);
  const digest = sha256(JSON.stringify([accountWords(debtor), executeOn, orders]));
  return `CLICKBACK-${digest.slice(0, NAME_CHARACTERS).toUpperCase()}`;
}

/** The file. */
export function creditTransferFile(order: TransferOrder): string {
  const { debtor, createdAtMs, transfers } = order;
  const messageId = messageIdOf(order);
  const header = tag("GrpHdr", [
    tag("MsgId", messageId),
    tag("CreDtTm", `${new Date(createdAtMs).toISOString().slice(0, 19)}Z`),
    ...countAndSum(transfers),
    tag("InitgPty", [nameOf(debtor)]),
  ]);
  const batches = batchesOf(transfers).map((batch, index) => batchOf(batch, `${messageId}-${index + 1}`, order));
  const document = tag("CstmrCdtTrfInitn", [header, ...batches]);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="${NAMESPACE}">\n${document}</Document>\n`;
}

function batchOf({ scheme, transfers }: TransferBatch, name: string, { debtor, executeOn }: TransferOrder): string {
  const isSepa = scheme === "SEPA";
  return tag("PmtInf", [
    tag("PmtInfId", name),
    tag("PmtMtd", "TRF"),
    ...countAndSum(transfers),
    ...(isSepa ? [tag("PmtTpInf", [tag("SvcLvl", [tag("Cd", "SEPA")])])] : []),
    tag("ReqdExctnDt", [tag("Dt", executeOn)]),
    tag("Dbtr", [nameOf(debtor)]),
    tag("DbtrAcct", [tag("Id", [tag("IBAN", debtor.iban)])]),
    tag("DbtrAgt", [tag("FinInstnId", debtor.bic === null ? [notProvided()] : [tag("BICFI", debtor.bic)])]),
    // Who pays the charges: in SEPA each its own; elsewhere they are shared.
    tag("ChrgBr", isSepa ? "SLEV" : "SHAR"),
    ...transfers.map(transferOf),
  ]);
}

function transferOf({ id, currency, amountMicros, account }: Transfer): string {
  const amount = formatMicros(amountMicros, minorUnitDigits(currency));
  const bank = bankOf(account);
  return tag("CdtTrfTxInf", [
    tag("PmtId", [tag("EndToEndId", id)]),
    tag("Amt", [tag("InstdAmt", amount, ` Ccy="${currency}"`)]),
    ...(bank.length > 0 ? [tag("CdtrAgt", [tag("FinInstnId", bank)])] : []),
    tag("Cdtr", [nameOf(account)]),
    tag("CdtrAcct", [tag("Id", [account.by === "iban" ? tag("IBAN", account.iban) : otherAccount(account)])]),
    tag("RmtInf", [tag("Ustrd", `Statement ${id}`)]),
  ]);
}

/** Letters that become two may make a name longer than there is room for. */
function nameOf({ holder }: Pick<BankAccount, "holder">): string {
  return tag("Nm", sepaText(holder).slice(0, MOST_HOLDER_CHARACTERS).trim());
}

/** Which bank it is at; nothing where the IBAN says so alone. */
function bankOf(account: BankAccount): string[] {
  const bic = account.bic === null ? [] : [tag("BICFI", account.bic)];
  if (account.by === "iban") return bic;
  const system = CLEARING_SYSTEMS[account.country];
  const member = tag("ClrSysMmbId", [
    ...(system === undefined ? [] : [tag("ClrSysId", [tag("Cd", system)])]),
    tag("MmbId", account.bankCode),
  ]);
  return [...bic, member, tag("PstlAdr", [tag("Ctry", account.country)])];
}

/** What bank codes of a country are called (ISO 20022 external code list, ClearingSystemIdentification). */
const CLEARING_SYSTEMS: Record<string, string> = {
  AU: "AUBSB",
  CA: "CACPA",
  CN: "CNAPS",
  HK: "HKNCC",
  IN: "INFSC",
  JP: "JPZGN",
  NZ: "NZNCC",
  SG: "SGIBG",
  TH: "THCBC",
  TW: "TWNCC",
  US: "USABA",
  ZA: "ZANCC",
};

function otherAccount({ number }: NumberedAccount): string {
  return tag("Othr", [tag("Id", number)]);
}

/** What stands in the place of a BIC that nobody needs. */
function notProvided(): string {
  return tag("Othr", [tag("Id", "NOTPROVIDED")]);
}

/** How many payments, and what their amounts add up to, whatever their currencies. */
function countAndSum(transfers: readonly Transfer[]): string[] {
  const digits = Math.max(...transfers.map(({ currency }) => minorUnitDigits(currency)));
  const sum = transfers.reduce((total, { amountMicros }) => total + amountMicros, 0n);
  return [tag("NbOfTxs", String(transfers.length)), tag("CtrlSum", formatMicros(sum, digits))];
}

/** An element: of text, or of others, each on a line. */
function tag(name: string, content: string | readonly string[], attributes = ""): string {
  if (typeof content === "string") return `<${name}${attributes}>${escaped(content)}</${name}>\n`;
  return `<${name}${attributes}>\n${content.join("")}</${name}>\n`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
