/** E-mail addresses as people are known by here: in small letters, where only those of ASCII have two sizes. */

/** The address in small letters. Unicode's own would make other people's addresses ours: its Kelvin sign becomes a `k`. */
export function foldEmail(address: string): string {
  return address.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
