/** Has the archive of commands of all advertisers read back, over the console's API. */
import { type ConsoleFetch, callConsole, itemsOf, recordsIn, textOf } from "../console-api.ts";

export interface CheckedCommands {
  pieces: number;
  lines: number;
  faults: { name: string; what: string }[];
}

export async function verifyCommands(fetchConsole: ConsoleFetch): Promise<CheckedCommands> {
  const checked: CheckedCommands = { pieces: 0, lines: 0, faults: [] };
  for await (const { slug } of itemsOf(fetchConsole, "/api/advertisers"))
    for (let after: string | null = "0"; after !== null; ) {
      const path = `/api/rebuilding/${slug}/verification?${new URLSearchParams({ after })}`;
      const page = await callConsole(fetchConsole, { path });
      checked.pieces += Number(page.checked);
      checked.lines += Number(page.lines);
      checked.faults.push(
        ...recordsIn(page.faults).map(({ name, what }) => ({ name: String(name), what: String(what) })),
      );
      after = textOf(page.next);
    }
  return checked;
}
