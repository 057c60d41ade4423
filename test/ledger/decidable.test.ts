/** What is said beforehand of a decision on a conversion, held to what the books make of it: whatever state it is in, what would change changes, and what is passed over does not. */
import { expect, test } from "vitest";
import type { PostbackContent, PostbackMessage } from "../../schema/messages.ts";
import { BULK_DECISIONS, conversions } from "../../schema/tables.ts";
import { makeCommand } from "../../workers/core/books/command.ts";
import { whyPassedOver } from "../../workers/core/books/decidable.ts";
import { conversionRow } from "../../workers/core/books/rows.ts";
import { decideShare } from "../../workers/ledger/decide-share.ts";
import { createTables, pageOfConversions, pageOfMessages } from "../../workers/ledger/object-storage.ts";
import { ObjectStorage } from "./sqlite-platform.ts";
import { CLICKS, LINKS, SET_UP, START_MS } from "./world.ts";

type Word = (typeof BULK_DECISIONS)[number];
type Said = PostbackContent | Word;

const pending = { txid: "T", amountMicros: 40_000_000, status: "pending" } as const;
const approved = { ...pending, status: "approved" } as const;
const rejected = { txid: "T", status: "rejected" } as const;
const back = { txid: "T", status: "reversed" } as const;
const part = { ...back, amountMicros: 10_000_000, refundId: "r1" } as const;

/** Every state that a conversion can be in, by what led there. */
const LIVES: Said[][] = [
  [pending],
  [approved],
  [pending, rejected],
  [pending, back],
  [approved, back],
  [approved, part],
  [pending, "hold"],
  [approved, "hold"],
  [pending, rejected, "hold"],
  [approved, back, "hold"],
  [approved, "hold", back],
  [pending, "reject"],
  [approved, "reject"],
  [approved, "reject", "hold"],
  [approved, "reject", "approve"],
  [pending, "reject", "release"],
  [pending, "hold", "approve"],
  [approved, "hold", "release"],
];

function afterLife(said: readonly Said[]) {
  const sql = new ObjectStorage();
  createTables(sql);
  const stored = () => pageOfConversions(sql, "", 10).map(({ conversion }) => conversion);
  for (const [index, one] of said.entries()) {
    const receipt = `0${index}`.padEnd(26, "0");
    const base = { kind: "postback", receipt, advertiser: 1, receivedAtMs: START_MS + index * 1000 } as const;
    const says = one === "approve" ? { status: "approved" as const } : { status: "rejected" as const };
    const acts = one === "hold" || one === "release";
    const message: PostbackMessage =
      typeof one === "object"
        ? { ...base, channel: "get", content: { clickId: "click", event: "sale", ...one } }
        : {
            ...base,
            channel: "console",
            content: acts ? {} : says,
            correction: { by: "ann", note: "n", conversion: stored()[0]?.id ?? "", ...(acts ? { act: one } : {}) },
          };
    const command = makeCommand(message, typeof one === "object" ? (CLICKS[0] ?? null) : null, {
      ...SET_UP,
      links: new Map(LINKS),
    });
    sql.transaction(() => decideShare(sql, [command], START_MS));
  }
  const [conversion] = stored();
  if (!conversion) throw new Error("no conversion");
  const last = pageOfMessages(sql, "", 20).at(-1);
  return { row: conversionRow(conversion, 0), outcome: last?.outcome.status };
}

/** The sender's rejection stands; an operator's would stand above its later words too, which is for one who looks at it. */
const FIRM = "rejected_already";

test.each(LIVES.map((life) => [life.map((one) => (typeof one === "object" ? one.status : one)).join(", "), life]))(
  "after %s",
  (_, life) => {
    const { row } = afterLife(life);
    const status = conversions.status.enumValues.find((one) => one === row.status) ?? "pending";
    const hold = conversions.hold.enumValues.find((one) => one === row.hold) ?? "";
    for (const decision of BULK_DECISIONS) {
      const why = whyPassedOver({ status, hold, imported: false, isListed: false }, decision);
      const { outcome } = afterLife([...life, decision]);
      const changes = outcome === "updated" && !(why === FIRM && hold === "");
      expect([decision, changes, why]).toEqual([decision, why === null, why]);
    }
  },
);

test("what another tracker booked, and what a final statement lists, is not taken back with many others", () => {
  const one = { status: "approved", hold: "", imported: false, isListed: false } as const;
  for (const decision of BULK_DECISIONS) expect(whyPassedOver({ ...one, imported: true }, decision)).toBe("imported");
  const listed = { ...one, isListed: true };
  expect(BULK_DECISIONS.map((decision) => whyPassedOver(listed, decision))).toEqual([
    "not_held",
    "approved_already",
    "on_statement",
    "on_statement",
  ]);
  expect(whyPassedOver({ ...listed, hold: "held", status: "pending" }, "release")).toBeNull();
});
