/** Says under which checkpoint something is proved, with the way to it. */
import { Time } from "../shell/parts/values.tsx";
import type { Proved } from "./proved.ts";

export function ProvedUnder({ proved }: { proved: Proved }) {
  return (
    <>
      under <a href={`/log/checkpoints/${proved.checkpoint}`}>checkpoint {proved.checkpoint}</a> of{" "}
      <Time at={proved.at} />
    </>
  );
}
