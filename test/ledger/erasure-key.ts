/** The key of erasure that tests of the ledger share. */
export const ERASURE_KEY = Buffer.alloc(32, 3).toString("base64");
