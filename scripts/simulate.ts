/** `npm run simulate -- --seed N --runs N`: random histories with faults at every await, each checked against the model of the books. */
import { parseArgs } from "node:util";
import { simulate } from "../test/ledger/simulation.ts";
import { issueClicks, testKeyRing } from "../test/ledger/world.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    runs: { type: "string", default: "1000" },
    verbose: { type: "boolean", default: false },
  },
});
const first = Number(values.seed ?? Math.floor(Math.random() * 1_000_000_000));
const runs = Number(values.runs);
if (!Number.isInteger(first) || !Number.isInteger(runs) || runs < 1) {
  console.error("--seed and --runs take whole numbers, such as: npm run simulate -- --seed 7 --runs 5000");
  process.exit(2);
}
// The consumer logs every outage that it is dealt; here they are the point.
if (!values.verbose) console.error = () => {};

console.log(`${runs} histories from seed ${first}`);
const ring = await testKeyRing();
const clicks = await issueClicks(ring);
const startedMs = Date.now();
for (let run = 0; run < runs; run++) {
  try {
    await simulate(first + run, ring, clicks);
  } catch (error) {
    console.log(error instanceof Error ? error.message : String(error));
    console.log(`run it again alone: npm run simulate -- --seed ${first + run} --runs 1`);
    process.exit(1);
  }
  if ((run + 1) % 500 === 0)
    console.log(`${run + 1} agree with the model after ${Math.round((Date.now() - startedMs) / 1_000)} s`);
}
console.log(`all ${runs} histories end in the model's books (seeds ${first} to ${first + runs - 1})`);
