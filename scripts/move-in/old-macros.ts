/** Addresses of an old tracker with our macros in the place of its own. */

/** `ours` says which of our macros means the same; what it does not know becomes empty, and is named in `unknown`, with its brackets. */
export function withOurMacros(
  address: string,
  ours: (name: string) => string | undefined,
): { address: string; unknown: string[] } {
  const unknown: string[] = [];
  const written = address.replaceAll(/\{([a-z_0-9]+)\}/gi, (whole, name: string) => {
    const own = ours(name);
    if (own !== undefined) return `{${own}}`;
    unknown.push(whole);
    return "";
  });
  return { address: written, unknown };
}
