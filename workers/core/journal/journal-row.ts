/** The journal's rows as they are told and kept. */

/** A row of the journal. Hashes are in base64. */
export interface JournalRow {
  /** From 1, without a gap. */
  seq: number;
  atMs: number;
  head: string;
  leaves: WrittenLeaf[];
}

/** Rows of the journal one behind the other, up to one that the signed log has. Hashes are in base64. */
export interface JournalStretch {
  checkpoint: number;
  /** The head before the first of them. */
  before: string;
  rows: { seq: number; atMs: number; root: string }[];
}

/** A receipt or a conversion's ID, and the checkpoint under which the signed log has it. */
export interface LoggedUnder {
  name: string;
  checkpoint: number;
}

/** A leaf as the journal has it. */
export interface WrittenLeaf {
  /** `m`: a message, by its receipt and stage. `c`: an entry, by its conversion and number. */
  kind: "m" | "c";
  name: string;
  number: number;
  hash: string;
  /** Of an entry the hash over what its conversion was. */
  state?: string;
}
