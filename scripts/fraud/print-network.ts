/** What the signals say of a made-up network, as text for a terminal: of every kind whether it was found where it is planted, and which honest affiliates are accused. */
import { inWords } from "../../workers/core/signals/found-signal.ts";
import { signalOf } from "../../workers/core/signals/signals.ts";
import { printTable } from "../demo/print.ts";
import { compareNetwork, drawNetwork, judgeNetwork, MOST_ACCUSED } from "./network.ts";

/** Plays one; true where every kind is found, and few honest ones are accused. */
export function showNetwork(seed: number): boolean {
  const members = drawNetwork(seed);
  const said = judgeNetwork(members);
  const { missed, accused, honest } = compareNetwork(members, said);
  const conversions = members.reduce((sum, { rows }) => sum + rows.length, 0);
  console.log(
    `${honest} honest affiliates and ${members.length - honest} others with seed ${seed}: ${conversions} conversions in 28 days.\n`,
  );
  const rows = members.flatMap(({ planted, affiliate, offer }) => {
    if (planted === null) return [];
    const own = said.find((one) => one.signal === planted && one.affiliate === affiliate);
    const figures = own ? inWords(own.found) : "not found";
    return [[signalOf(planted).label, `affiliate ${affiliate} on offer ${offer}`, figures]];
  });
  printTable(["planted", "in", "found"], rows, ["start", "start", "start"]);
  console.log(`\n${accused.length} of ${honest} honest affiliates are accused.`);
  for (const { affiliate, signals } of accused) console.log(`affiliate ${affiliate}: ${signals.join(", ")}`);
  return missed.length === 0 && accused.length < MOST_ACCUSED * honest;
}
