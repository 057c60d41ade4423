/** Has the archive of commands of all advertisers read back, over the console's API. */
import { type ConsoleFetch, callConsole, itemsOf, recordsIn, textOf } from "../console-api.ts";
import { archiveNow } from "../rebuild/rebuilding.ts";

export interface CheckedCommands {
  pieces: number;
  lines: number;
  faults: { advertiser: string; name: string; what: string }[];
}

/** What is wrong with the object, and not with the piece. */
const OF_OBJECT = "other_rows_than_object";

export async function verifyCommands(fetchConsole: ConsoleFetch): Promise<CheckedCommands> {
  const checked: CheckedCommands = { pieces: 0, lines: 0, faults: [] };
  for await (const { slug } of itemsOf(fetchConsole, "/api/advertisers"))
    for (let after: string | null = "0"; after !== null; ) {
      const path = `/api/rebuilding/${slug}/verification?${new URLSearchParams({ after })}`;
      const page = await callConsole(fetchConsole, { path });
      checked.pieces += Number(page.checked);
      checked.lines += Number(page.lines);
      checked.faults.push(
        ...recordsIn(page.faults).map(({ name, what }) => ({
          advertiser: String(slug),
          name: String(name),
          what: String(what),
        })),
      );
      after = textOf(page.next);
    }
  return checked;
}

/** Has the archives with damaged pieces written anew from their objects; gives why one of them cannot be, by advertiser. */
export async function rewriteDamaged(
  fetchConsole: ConsoleFetch,
  { faults }: Pick<CheckedCommands, "faults">,
): Promise<string[]> {
  const cannot = faults
    .filter(({ what }) => what === OF_OBJECT)
    .map(
      ({ name }) =>
        `${name}: the object has other rows of its journal than were archived, so nothing is written over it`,
    );
  const damaged = faults.filter(({ what }) => what !== OF_OBJECT).map(({ advertiser }) => advertiser);
  for (const advertiser of new Set(damaged)) {
    try {
      await rewrite(fetchConsole, advertiser);
    } catch (error) {
      cannot.push(`${advertiser}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return cannot;
}

async function rewrite(fetchConsole: ConsoleFetch, advertiser: string): Promise<void> {
  const path = `/api/rebuilding/${advertiser}`;
  await callConsole(fetchConsole, { method: "POST", path: `${path}/rewriting` });
  await archiveNow(fetchConsole, advertiser);
  for (let after: number | null = 0; after !== null; ) {
    const { next } = await callConsole(fetchConsole, { method: "POST", path: `${path}/emptying`, body: { after } });
    after = next === null ? null : Number(next);
  }
}
