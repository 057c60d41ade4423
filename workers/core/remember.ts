/** What is made of a text, such as keys of a secret, and kept for as long as the text stays the same. */

/**
 * Gives what `make` makes of a text: what it made before, at once, while the text is the same; otherwise a promise of what it makes now. A failure is not
 * kept, so that the next one tries again; nor is a promise, which belongs to the request that made it.
 */
export function remember<Made>(make: (text: string) => Promise<Made>): (text: string) => Made | Promise<Made> {
  let kept: { text: string; made: Made } | null = null;
  return (text) => {
    if (kept?.text === text) return kept.made;
    return make(text).then((made) => {
      kept = { text, made };
      return made;
    });
  };
}
