/** Bundles every worker before the first test that runs one, so that no test's patience is spent on it, and no two build the same at once. */
import { writeBundle } from "../scripts/kept-bundles.ts";
import { buildSections } from "../scripts/local/build.ts";
import { inParallel } from "../scripts/parallel.ts";
import { SECTIONS } from "../scripts/sections.ts";
import { inTemporaryDirectory } from "../scripts/temporary-directory.ts";

/** As deployed, for the harness, and with the local platform's door, for `npm start`. */
export default async function setup(): Promise<void> {
  await inTemporaryDirectory("clickback-bundles-", async (directory) => {
    await Promise.all([
      inParallel(SECTIONS, 1, (section) =>
        writeBundle({ section, entry: `workers/${section}/index.ts` }, `${directory}/${section}`),
      ),
      buildSections(`${directory}/local`),
    ]);
  });
}
