/** What is here is gone on with at once, and what is not is waited for. */
import { expect, it } from "vitest";
import { whenHere } from "../../workers/core/when-here.ts";

const twice = (value: number) => value * 2;

it("goes on at once with a value, and later with a promised one", async () => {
  expect(whenHere(2, twice)).toBe(4);
  const later = whenHere(Promise.resolve(2), twice);
  expect(later).toBeInstanceOf(Promise);
  expect(await later).toBe(4);
});

it("fails as what came before it fails", async () => {
  await expect(whenHere(Promise.reject(new Error("gone")), twice)).rejects.toThrow("gone");
});
