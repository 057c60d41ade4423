/** Names of parameters that are counted, as the tables of trackers have them. */

/** `adv1` … `adv10` as `meta.adv1` …: what a tracker's customers carry along under names of their own. */
export function numberedMeta(stem: string, from: number, to: number): Record<string, `meta.${string}`> {
  return Object.fromEntries(numbers(from, to).map((number) => [`${stem}${number}`, `meta.${stem}${number}`]));
}

/** `s1` … as `sub1` …. */
export function numberedSubs(stem: string, from: number, to: number): Record<string, string> {
  return Object.fromEntries(numbers(from, to).map((number) => [`${stem}${number}`, `sub${number}`]));
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, place) => from + place);
}
