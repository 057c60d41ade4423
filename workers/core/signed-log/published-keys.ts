/** Where everybody finds the public keys of the log and of promises. */
export const KEYS_PATH = "/.well-known/clickback-proofs";
