/** Signals, held to what is planted: in a made-up network every kind is found at the affiliate in which it is planted, and less than 2 % of the honest ones are accused. */
import { compareNetwork, drawNetwork, judgeNetwork, MOST_ACCUSED } from "../../scripts/fraud/network.ts";

/** Throws where something planted is missed, or too many honest affiliates are accused. */
export async function holdNetwork(seed: number): Promise<void> {
  const members = drawNetwork(seed);
  const { missed, accused, honest } = compareNetwork(members, judgeNetwork(members));
  if (missed.length > 0) throw new Error(`not found where planted: ${missed.join(", ")}`);
  if (accused.length >= MOST_ACCUSED * honest)
    throw new Error(`${accused.length} of ${honest} honest affiliates are accused: ${JSON.stringify(accused)}`);
}
