/** That what is seen is invented, where `npm start` wrote it, and that it is still being written. */
import { isRecord } from "../../core/is-record.ts";
import type { Env } from "../env.ts";
import type { User } from "../web/user.ts";

/** Where the local platform notes that it began the history, and that it ended. */
const NOTE = "demo_history";

/** Null where nothing is invented, and to those who do not see everything. */
export async function readDemo({ DB }: Pick<Env, "DB">, { caller }: User): Promise<"begun" | "ended" | null> {
  if (caller.scope !== "everything") return null;
  const value = await DB.prepare("SELECT value FROM settings WHERE name = ?").bind(NOTE).first<string>("value");
  if (value === null) return null;
  const note: unknown = JSON.parse(value);
  return isRecord(note) && note.endedAtMs !== null ? "ended" : "begun";
}

export function DemoNotice({ demo }: { demo: "begun" | "ended" | null }) {
  if (demo === null) return null;
  return (
    <p class="notice" data-tone="info">
      {demo === "begun"
        ? "Ninety days of invented history are being written: figures still grow. "
        : "This system began with invented history: advertisers whose names end in “(demo)” are no customers. "}
      Without it: <code class="whole">npm start -- --fresh --no-demo</code>
    </p>
  );
}
