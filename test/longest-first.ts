/** The order of the files: those that take longest first, so that none is left running alone at the end. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** By the seconds that they take on two cores; the others take less than any of these. */
const LONGEST = [
  "browser/console",
  "scripts/commands",
  "start/start",
  "fault/outages",
  "deploy/deploy",
  "properties/confidentiality",
  "console/alerts",
  "exports/formats",
  "ledger/simulation",
  "console/exports",
  "properties/cost",
  "flow/operator",
  "flow/key-rotation",
  "browser/page-script",
  "flow/erasure",
  "flow/main-job",
  "courier/platform-simulation",
  "scripts/bench",
  "console/bearer",
  "console/import-page",
  "console/hostile",
  "flow/courier",
  "courier/simulation",
  "properties/integrity",
  "flow/sources",
  "scripts/soak",
  "scripts/recipes",
  "flow/verify",
  "flow/secrets",
  "flow/disown",
  "ledger/families",
  "reports/agree",
  "flow/platforms",
  "console/changes",
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rest = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => {
      const place = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return place < 0 ? LONGEST.length : place;
    };
    return rest.sort((a, b) => rank(a) - rank(b));
  }
}
