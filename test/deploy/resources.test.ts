/** What the workers stand on is made once, wherever a deploy stops and however often it is run again. */
import { expect, test } from "vitest";
import { ensureResources, neededResources } from "../../scripts/deploy/resources.ts";
import { readSections } from "../../scripts/sections.ts";
import { ACCOUNT, FakeCloudflare } from "./fake-cloudflare.ts";

const needed = neededResources(readSections());
const all = 1 + needed.databases.length + needed.buckets.length + needed.queues.length;

async function withFake(work: (fake: FakeCloudflare, ensure: () => Promise<string[]>) => Promise<void>): Promise<void> {
  const fake = new FakeCloudflare();
  const account = { id: ACCOUNT, base: await fake.listen(), headers: {} };
  const ensure = async () => {
    const told: string[] = [];
    await ensureResources(account, needed, (line) => told.push(line));
    return told;
  };
  try {
    await work(fake, ensure);
  } finally {
    await fake.close();
  }
}

function expectOneOfEach(fake: FakeCloudflare): void {
  expect([...fake.namespaces.values()]).toEqual(["clickback-edge"]);
  expect([...fake.databases.values()].map(({ name }) => name).sort()).toEqual([...needed.databases].sort());
  expect([...fake.buckets]).toEqual(needed.buckets);
  expect([...fake.queues.keys()].sort()).toEqual([...needed.queues].sort());
  expect(fake.unknown).toEqual([]);
}

test("wrangler.toml needs three databases, a bucket and five queues", () => {
  expect(needed).toEqual({
    namespace: "clickback-edge",
    databases: ["clickback-books", "clickback-log", "clickback-courier"],
    buckets: ["clickback-archive"],
    queues: ["postbacks", "clicks", "refusals", "dead-letters", "notices"],
  });
});

test("a second run makes nothing", () =>
  withFake(async (fake, ensure) => {
    expect(await ensure()).toHaveLength(all);
    expectOneOfEach(fake);
    expect(await ensure()).toEqual([]);
    expect(fake.changes).toHaveLength(all);
  }));

test.each(Array.from({ length: all }, (_, index) => index + 1))(
  "stopped at change %i and run again, there is one of each",
  (stop) =>
    withFake(async (fake, ensure) => {
      fake.fails = ({ length }) => length >= stop;
      await expect(ensure()).rejects.toThrow("the fake stopped here");
      fake.fails = () => false;
      expect(await ensure()).toHaveLength(all - stop + 1);
      expectOneOfEach(fake);
    }),
);
