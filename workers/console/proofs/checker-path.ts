/** Where everybody finds the checker of proofs, as a page; with `.mjs` behind it, the file. */
export const CHECKER_PATH = "/check-proof";
