/** Writes rows around one that a database refuses. */

/** What was written; and why not all of it was, which is null when it was. */
interface Written<Item> {
  written: Item[];
  fault: { error: unknown } | null;
}

/** All at once, and where that fails by halves. Where both halves fail, the database is down, most likely, and is asked no further. */
export async function writeAround<Item>(
  items: readonly Item[],
  write: (some: readonly Item[]) => Promise<void>,
): Promise<Written<Item>> {
  const written: Item[] = [];
  const take = async (some: readonly Item[]): Promise<Written<Item>["fault"]> => {
    try {
      await write(some);
      written.push(...some);
      return null;
    } catch (error) {
      return { error };
    }
  };
  if (items.length === 0) return { written, fault: null };
  const fault = await take(items);
  for (let rest = fault ? items : []; rest.length > 1; ) {
    const middle = Math.floor(rest.length / 2);
    const refused: (readonly Item[])[] = [];
    for (const half of [rest.slice(0, middle), rest.slice(middle)]) if (await take(half)) refused.push(half);
    rest = refused.length === 1 ? refused.flat() : [];
  }
  return { written, fault };
}
