/**
 * What a file of credit transfers has to be, typed from the published schema of `pain.001.001.09` and the guidelines EPC132-08, and using nothing of what writes it: which elements stand in
 * which, in which order and how often, and what their texts may be.
 */

export interface XmlNode {
  name: string;
  attributes: string;
  children: XmlNode[];
  text: string;
}

const TAG = /<(\/?)([A-Za-z0-9]+)((?: [^<>]*)?)>([^<]*)/g;

/** Reads what our files are made of: elements, attributes and text. Throws where tags do not fit. */
export function readXml(xml: string): XmlNode {
  const [head = "", rest = ""] = [xml.slice(0, xml.indexOf("\n")), xml.slice(xml.indexOf("\n"))];
  if (head !== '<?xml version="1.0" encoding="UTF-8"?>') throw new Error(`it begins with ${head}`);
  const root: XmlNode = { name: "", attributes: "", children: [], text: "" };
  const open = [root];
  for (const [, isEnd, name = "", attributes = "", text = ""] of rest.matchAll(TAG)) {
    const above = open.at(-1) ?? root;
    if (isEnd) {
      if (above.name !== name) throw new Error(`${name} ends where ${above.name} is open`);
      open.pop();
      continue;
    }
    const node = { name, attributes: attributes.trim(), children: [], text };
    above.children.push(node);
    open.push(node);
  }
  if (open.length !== 1 || !root.children[0]) throw new Error("an element is left open");
  return root.children[0];
}

/** The nodes below `node` at a path: `PmtInf/CdtTrfTxInf`. */
export function at(node: XmlNode, path: string): XmlNode[] {
  return path
    .split("/")
    .reduce<XmlNode[]>(
      (nodes, name) => nodes.flatMap(({ children }) => children.filter((one) => one.name === name)),
      [node],
    );
}

export function textAt(node: XmlNode, path: string): string {
  return at(node, path)
    .map(({ text }) => text)
    .join(" ");
}

/** The characters that SEPA passes on; neither at the ends nor twice together a slash. */
const LATIN = String.raw`(?!\/)(?!.*\/\/)[A-Za-z0-9\/?:().,'+ -]{1,MOST}(?<!\/)`;
const latin = (most: number) => new RegExp(`^${LATIN.replace("MOST", String(most))}$`);
const BIC = /^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$/;
const IBAN = /^[A-Z]{2}[0-9]{2}[A-Za-z0-9]{1,30}$/;
const DAY = /^\d{4}-\d\d-\d\d$/;
const COUNT = /^[1-9]\d{0,14}$/;
const SUM = /^\d{1,18}(?:\.\d{1,5})?$/;

/** Children in their order: a name that may be absent ends in `?`, one of several in `+`. A text's pattern where it has none. */
type Rule = readonly string[] | RegExp;
const RULES: Record<string, Rule> = {
  Document: ["CstmrCdtTrfInitn"],
  CstmrCdtTrfInitn: ["GrpHdr", "PmtInf+"],
  GrpHdr: ["MsgId", "CreDtTm", "NbOfTxs", "CtrlSum", "InitgPty"],
  MsgId: latin(35),
  CreDtTm: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  NbOfTxs: COUNT,
  CtrlSum: SUM,
  InitgPty: ["Nm"],
  PmtInf: [
    ...["PmtInfId", "PmtMtd", "NbOfTxs", "CtrlSum", "PmtTpInf?", "ReqdExctnDt", "Dbtr", "DbtrAcct", "DbtrAgt"],
    ...["ChrgBr", "CdtTrfTxInf+"],
  ],
  PmtInfId: latin(35),
  PmtMtd: /^TRF$/,
  PmtTpInf: ["SvcLvl"],
  SvcLvl: ["Cd"],
  ReqdExctnDt: ["Dt"],
  Dt: DAY,
  Dbtr: ["Nm"],
  Nm: latin(70),
  DbtrAcct: ["Id"],
  DbtrAgt: ["FinInstnId"],
  ChrgBr: /^(?:SLEV|SHAR)$/,
  CdtTrfTxInf: ["PmtId", "Amt", "CdtrAgt?", "Cdtr", "CdtrAcct", "RmtInf"],
  PmtId: ["EndToEndId"],
  EndToEndId: latin(35),
  Amt: ["InstdAmt"],
  InstdAmt: SUM,
  CdtrAgt: ["FinInstnId"],
  Cdtr: ["Nm"],
  CdtrAcct: ["Id"],
  FinInstnId: ["BICFI?", "ClrSysMmbId?", "PstlAdr?", "Othr?"],
  BICFI: BIC,
  ClrSysMmbId: ["ClrSysId?", "MmbId"],
  ClrSysId: ["Cd"],
  MmbId: latin(35),
  PstlAdr: ["Ctry"],
  Ctry: /^[A-Z]{2}$/,
  IBAN,
  Othr: ["Id"],
  RmtInf: ["Ustrd"],
  Ustrd: latin(140),
  Cd: /^(?:SEPA|[A-Z]{5})$/,
};
/** `Id` is a choice of accounts, or a text where it stands in `Othr`. */
const ACCOUNT = /^(?:IBAN|Othr)$/;

/** Everything that breaks a rule. */
export function faultsOf(node: XmlNode, above = ""): string[] {
  const place = `${above}/${node.name}`;
  const inner = node.children.flatMap((child) => faultsOf(child, place));
  if (node.name === "Id") return [...inner, ...idFaults(node, place)];
  const rule = RULES[node.name];
  if (rule === undefined) return [`${place} is not known`];
  if (rule instanceof RegExp) {
    const isText = node.children.length === 0 && rule.test(node.text);
    return isText ? inner : [...inner, `${place} is "${node.text}"`];
  }
  const names = node.children.map(({ name }) => name).join(" ");
  const order = rule.map((part) => partOf(part)).join("");
  return new RegExp(`^${order}$`).test(`${names} `) ? inner : [...inner, `${place} has ${names}`];
}

function partOf(part: string): string {
  const name = part.replace(/[?+]$/, "");
  const often = part.slice(name.length);
  return `(?:${name} )${often}`;
}

function idFaults(node: XmlNode, place: string): string[] {
  const [only, ...others] = node.children;
  if (place.endsWith("/Othr/Id")) return only === undefined && latin(35).test(node.text) ? [] : [`${place} is no text`];
  return only && others.length === 0 && ACCOUNT.test(only.name) ? [] : [`${place} is no account`];
}
