/** A warning of macros that we do not know: such a one becomes empty in every click, which nobody notices until the money is missing. */
import { readDestination } from "../../core/click/destination.ts";
import { Notice } from "../shell/parts/section.tsx";

export function UnknownMacros({ destination }: { destination: string | null | undefined }) {
  const read = destination ? readDestination(destination) : null;
  if (!read?.ok || read.value.unknownMacros.length === 0) return null;
  const names = read.value.unknownMacros.map((name) => `{${name}}`).join(", ");
  const [which, they] =
    read.value.unknownMacros.length === 1 ? ["no macro", "it becomes"] : ["no macros", "they become"];
  return (
    <Notice tone="warn">
      The destination holds {names}, {which} of ours: {they} empty in every click.
    </Notice>
  );
}
