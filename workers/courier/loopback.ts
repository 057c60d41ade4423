/** What of this machine may be told: the same as the console takes as an address. */
export { isToldLoopback } from "../core/courier/loopback.ts";
