/** A short hash of what others write, to tell values apart without keeping them: 52 bits in 13 hexadecimal digits, of two multiplying rounds (FNV-1a, in two halves). It hides nothing from who guesses. */

const PRIME = 0x01000193;

export function shortHash(text: string): string {
  let [low, high] = [0x811c9dc5, 0x9e3779b9];
  for (let place = 0; place < text.length; place++) {
    const unit = text.charCodeAt(place);
    low = Math.imul(low ^ unit, PRIME);
    high = Math.imul(high ^ unit ^ (low >>> 15), PRIME);
  }
  return (low >>> 0).toString(16).padStart(8, "0") + ((high >>> 0) & 0xfffff).toString(16).padStart(5, "0");
}
