/** An order's number that counts within its click only, such as `2` for a second deposit: it stands behind the click's ID. */

/** The number as messages and books have it; `clickId` is the other tracker's own, where that issued the click. */
export function orderOfClick(clickId: string, txid: string): string {
  return `${clickId}/${txid}`;
}
