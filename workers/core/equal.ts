/** Comparison in constant time, for everything a stranger could guess at byte by byte. */

/** True when both byte strings are the same; takes as long for a wrong first byte as for a wrong last one. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let index = 0; index < left.length; index++) difference |= (left[index] ?? 0) ^ (right[index] ?? 0);
  return difference === 0;
}

/** The same for texts, by their UTF-8 bytes. */
export function equalText(left: string, right: string): boolean {
  const encoder = new TextEncoder();
  return equalBytes(encoder.encode(left), encoder.encode(right));
}
