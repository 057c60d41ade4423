/** A share of the histories that `npm run simulate` plays: other ones each time, as many as there is time for. */

/** Holds histories to a property until the time is over; gives how many it held. The first seed is printed, and a history that breaks the property throws. */
export async function historiesWithin(seconds: number, property: (seed: number) => Promise<void>): Promise<number> {
  const first = Math.floor(Date.now() / 1_000) % 1_000_000;
  console.log(`seeds from ${first}`);
  const endMs = performance.now() + seconds * 1_000;
  let held = 0;
  for (; performance.now() < endMs; held++) await property(first + held);
  return held;
}
