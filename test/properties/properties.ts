/** What must always hold, by name: `npm run simulate` holds the system to each over any number of random histories, `npm test` to a share of them. */
import { SIMULATED, simulatePlatform } from "../courier/platform-simulation.ts";
import { simulateCourier } from "../courier/simulation.ts";
import { simulate } from "../ledger/simulation.ts";
import { issueClicks, testKeyRing } from "../ledger/world.ts";
import { prepareAdoption } from "./adoption.ts";
import { prepareConfidentiality } from "./confidentiality.ts";
import { bundleConsoles } from "./console-in-process.ts";
import { prepareCost } from "./cost.ts";
import { prepareIntegrity } from "./integrity.ts";
import { holdNetwork } from "./signals.ts";
import { prepareStatements } from "./statements.ts";
import { prepareSums } from "./sums.ts";
import { prepareWhatIf } from "./what-if.ts";

export interface Property {
  /** What is so of every history, in words that follow "all N histories". */
  holds: string;
  /** Gives what holds one history, by its seed, to the property; it throws where it does not hold. */
  prepare(): Promise<(seed: number) => Promise<void>>;
}

export const PROPERTIES = {
  books: {
    holds: "end in the model's books",
    async prepare() {
      const ring = await testKeyRing();
      const clicks = await issueClicks(ring);
      return (seed) => simulate(seed, ring, clicks);
    },
  },
  adoption: {
    holds: "end as if every adopted click had been ours",
    prepare: prepareAdoption,
  },
  confidentiality: {
    holds: "are told alike to whoever may not see where they differ",
    prepare: async () => prepareConfidentiality(await bundleConsoles(2)),
  },
  integrity: {
    holds: "end for the honest as they would without the adversary",
    prepare: prepareIntegrity,
  },
  sums: {
    holds: "are shown as they are booked, to the last digit",
    async prepare() {
      const [console] = await bundleConsoles(1);
      if (!console) throw new Error("there is no console");
      return prepareSums(console);
    },
  },
  statements: {
    holds: "list every entry once, and add up to the entries with what is open",
    prepare: prepareStatements,
  },
  what_if: {
    holds: "are under other rules what they would be had those been from the start",
    prepare: prepareWhatIf,
  },
  courier: {
    holds: "tell every destination what it is to hear, once and in order",
    prepare: async () => simulateCourier,
  },
  platforms: {
    holds: "are told ad platforms once, as the books say, and nothing that may not be told",
    async prepare() {
      return async (seed) => {
        for (const name of SIMULATED) await simulatePlatform(name, seed);
      };
    },
  },
  signals: {
    holds: "have every planted fraud found, and hardly anybody honest accused",
    prepare: async () => holdNetwork,
  },
  cost: {
    holds: "write no more than they may",
    prepare: () => prepareCost(),
  },
} as const satisfies Record<string, Property>;

export type PropertyName = keyof typeof PROPERTIES;

export function isPropertyName(name: string): name is PropertyName {
  return Object.hasOwn(PROPERTIES, name);
}
