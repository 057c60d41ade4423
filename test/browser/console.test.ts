/** The console in a real browser, as an operator uses it. One system and one browser serve all of these; they follow one another like scenes. */
import { afterAll, beforeAll } from "vitest";
import { affiliateTests } from "./affiliate.ts";
import { chartTests } from "./charts.ts";
import { conversionTests } from "./conversion.ts";
import { doorTests } from "./door.ts";
import { everyPageTests } from "./every-page.ts";
import { firstDayTests } from "./first-days.ts";
import { listTests } from "./lists.ts";
import { monthEndTests } from "./month-end.ts";
import { proofTests } from "./proofs.ts";
import { reportTests } from "./reports.ts";
import { reviewTests } from "./review.ts";
import { roleTests } from "./roles.ts";
import { build, type Scenery } from "./scenery.ts";
import { searchTests } from "./search.ts";
import { setUpTests } from "./set-up.ts";
import { signalTests } from "./signals.ts";
import { type Cast, type Stage, startStage, type Visitor } from "./stage.ts";
import { tableFileTests } from "./table-files.ts";
import { testPanelTests } from "./test-panel.ts";
import { whatIfTests } from "./what-if.ts";

const LONG_MS = 90_000;

let stage: Stage | undefined;
let scenery: Scenery | undefined;
let admin: Visitor | undefined;

beforeAll(async () => {
  stage = await startStage();
  scenery = await build(stage.platform, stage.api);
  admin = await stage.visitor();
  await admin.signIn(stage.token);
}, LONG_MS);
afterAll(() => stage?.stop(), LONG_MS);

/** There once the stage is set. */
const cast: Cast = { stage: () => there(stage), scenery: () => there(scenery), admin: () => there(admin) };

doorTests(cast);
setUpTests(cast);
testPanelTests(cast);
tableFileTests(cast);
conversionTests(cast);
reviewTests(cast);
signalTests(cast);
whatIfTests(cast);
monthEndTests(cast);
proofTests(cast);
reportTests(cast);
chartTests(cast);
roleTests(cast);
affiliateTests(cast);
firstDayTests(cast);
searchTests(cast);
listTests(cast);
everyPageTests(cast);

function there<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("the stage is not set");
  return value;
}
