/** The order of the files: those that take longest first, so that none is left running alone at the end. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** By the seconds that they took on two cores; the others take less than any of these. */
const LONGEST = [
  "browser/console",
  "scripts/commands",
  "deploy/deploy",
  "fault/outages",
  "start/start",
  "flow/key-rotation",
  "flow/operator",
  "flow/main-job",
  "scripts/bench",
  "properties/confidentiality",
  "scripts/soak",
  "flow/erasure",
  "reports/agree",
  "console/alerts",
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
