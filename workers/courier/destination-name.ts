/** The name of a destination's object. */
export function destinationName(destination: number): string {
  return `destination:${destination}`;
}
