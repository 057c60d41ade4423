/** Draws of the shapes that affiliates differ by. */
import type { Random } from "../random.ts";

/** Normally distributed around 0, of standard deviation 1 (Box and Muller). */
export function normal({ next }: Random): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/** Around a middle, as often half as twice: `spread` is the standard deviation of its logarithm. */
export function around(random: Random, middle: number, spread: number): number {
  return middle * Math.exp(normal(random) * spread);
}

/** A share around a middle, within 0 and 1. */
export function shareAround(random: Random, middle: number, spread: number): number {
  return Math.min(0.99, Math.max(0, middle + normal(random) * spread));
}

export function isDrawn({ next }: Random, share: number): boolean {
  return next() < share;
}

/** One of these names, as often as its weight says. */
export function weighted(random: Random, weights: readonly (readonly [string, number])[]): string {
  let left = random.next() * weights.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight] of weights) {
    left -= weight;
    if (left < 0) return name;
  }
  return weights.at(-1)?.[0] ?? "";
}
