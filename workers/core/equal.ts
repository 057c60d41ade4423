/** Comparison in constant time, for everything a stranger could guess at byte by byte. */

/** True when both texts are the same; takes as long for a wrong first character as for a wrong last one. */
export function equalText(left: string, right: string): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let index = 0; index < left.length; index++) difference |= left.charCodeAt(index) ^ right.charCodeAt(index);
  return difference === 0;
}
