/** A tracker as the edge's record has it, with its secret opened: what the door needs of it. */

/** Where a tracker's key or token is sealed for: no other tracker opens it. */
export function placeOfTracker(slug: string): string {
  return `tracker/${slug}`;
}
