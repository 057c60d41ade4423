/** What is made of a text: once while it stays the same, and again after a failure. */
import { expect, test } from "vitest";
import { remember } from "../../workers/core/remember.ts";

test("is made once, then there at once, until the text is another", async () => {
  const made: string[] = [];
  const upperCase = remember(async (text) => {
    made.push(text);
    return text.toUpperCase();
  });
  expect(await upperCase("a")).toBe("A");
  expect(upperCase("a")).toBe("A");
  expect(await upperCase("b")).toBe("B");
  expect(await upperCase("a")).toBe("A");
  expect(made).toEqual(["a", "b", "a"]);
});

test("a failure is not remembered, and what was there before is", async () => {
  let tries = 0;
  const secondTry = remember(async (text) => {
    if (text === "b" && ++tries === 1) throw new Error("broken");
    return text;
  });
  await secondTry("a");
  await expect(secondTry("b")).rejects.toThrow("broken");
  expect(secondTry("a")).toBe("a");
  expect(await secondTry("b")).toBe("b");
});
