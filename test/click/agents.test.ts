/** The user agents that an isolate has met: found again they say what they said at first, however many others came between. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { createAgentReader } from "../../workers/click/agents.ts";
import { classifyDevice } from "../../workers/core/click/device.ts";
import { isPreviewer } from "../../workers/core/click/provisional.ts";
import { BROWSER } from "./edge.ts";

const AGENTS = fc.oneof(
  fc.constantFrom(BROWSER, "WhatsApp/2.2", "facebookexternalhit/1.1", "Mozilla/5.0 (iPad)", ""),
  fc.string(),
);

it("says of each what it says by itself", () => {
  const read = createAgentReader();
  const check = (userAgent: string) =>
    expect(read(userAgent)).toEqual({ ...classifyDevice(userAgent), previewer: isPreviewer(userAgent) });
  fc.assert(fc.property(fc.array(AGENTS, { maxLength: 20 }), (agents) => agents.forEach(check)));
});

it("outlives a flood of made-up ones", () => {
  const read = createAgentReader();
  const before = read(BROWSER);
  for (let made = 0; made < 5_000; made++) read(`made up ${made}`);
  expect(read(BROWSER)).toEqual(before);
});
