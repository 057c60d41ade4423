/** Names and words of tables as they are compared: without blanks, punctuation and case. */

/** `Order No.` and `order_no` are both `orderno`; letters of every script stay. */
export function plainName(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "");
}
