/** The checker of proofs, which the console serves to everybody, for our own scripts and tests. */
import { pathToFileURL } from "node:url";

/** What is wrong, of what, and why. */
export interface ProofFinding {
  what: "unsigned" | "changed" | "removed" | "added" | "reordered" | "unproved";
  name: string;
  why: string;
}

/** What a proof leads to. */
export interface CheckedProof {
  checkpoint: { origin: string; size: number; key: string } | null;
  leaves: number;
  findings: ProofFinding[];
}

export const CHECKER_FILE = "workers/console/shell/assets/check-proof.client.js";

/** The same file that everybody has. */
export async function loadChecker(): Promise<
  (proof: unknown, known?: { keys?: string[]; lines?: unknown[] }) => Promise<CheckedProof>
> {
  const { checkProof } = await import(pathToFileURL(CHECKER_FILE).href);
  return checkProof;
}
