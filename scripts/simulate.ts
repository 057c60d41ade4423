/** `npm run simulate -- --only NAME --seed N --runs N`: random histories, each held to what must always hold. */
import { parseArgs } from "node:util";
import { isPropertyName, PROPERTIES, type PropertyName } from "../test/properties/properties.ts";

const TOLD_EVERY_S = 10;
const NAMES = Object.keys(PROPERTIES).filter(isPropertyName);

const { values } = parseArgs({
  options: {
    only: { type: "string", default: NAMES.join(",") },
    seed: { type: "string" },
    runs: { type: "string", default: "1000" },
    verbose: { type: "boolean", default: false },
  },
});
const first = Number(values.seed ?? Math.floor(Math.random() * 1_000_000_000));
const runs = Number(values.runs);
if (!Number.isInteger(first) || !Number.isInteger(runs) || runs < 1)
  refuse("--seed and --runs take whole numbers, such as: npm run simulate -- --seed 7 --runs 5000");
const chosen = values.only.split(",");
const unknown = chosen.find((name) => !isPropertyName(name));
if (unknown !== undefined) refuse(`--only takes ${NAMES.join(", ")}, with commas between them, and not "${unknown}"`);

// The workers log every outage and refusal that they are dealt; here they are the point.
if (!values.verbose) for (const level of ["error", "warn"] as const) console[level] = () => {};

for (const name of chosen.filter(isPropertyName)) await hold(name);

/** Runs all histories of one property; ends the program at the first that breaks it. */
async function hold(name: PropertyName): Promise<void> {
  console.log(`${name}: ${runs} histories from seed ${first}`);
  const property = await PROPERTIES[name].prepare();
  const startedMs = performance.now();
  const passedS = () => Math.round((performance.now() - startedMs) / 1_000);
  let toldS = 0;
  for (let run = 0; run < runs; run++) {
    try {
      await property(first + run);
    } catch (error) {
      console.log(error instanceof Error ? `${error.message}\n${causeOf(error)}` : String(error));
      console.log(`run it again alone: npm run simulate -- --only ${name} --seed ${first + run} --runs 1`);
      process.exit(1);
    }
    if (passedS() < toldS + TOLD_EVERY_S) continue;
    toldS = passedS();
    console.log(`${name}: ${run + 1} after ${toldS} s`);
  }
  const seeds = `seeds ${first} to ${first + runs - 1}, ${passedS()} s`;
  console.log(`${name}: all ${runs} histories ${PROPERTIES[name].holds} (${seeds})`);
}

/** What fast-check met, which its own message does not say. */
function causeOf({ cause }: Error): string {
  return cause instanceof Error ? cause.message : "";
}

function refuse(advice: string): never {
  console.log(advice);
  process.exit(2);
}
