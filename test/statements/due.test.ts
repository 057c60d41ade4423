/** What is due, case by case: a conversion's account, what statements list of it, and the lines that a closing makes of it. */
import { beforeEach, describe, expect, test } from "vitest";
import { conversionId } from "../../workers/core/books/conversion-id.ts";
import { dueRows, type StatementOwner } from "../../workers/core/statements/due.ts";
import { SqliteD1 } from "../ledger/sqlite-platform.ts";

const DAY_MS = 86_400_000;
const JANUARY = Date.UTC(2027, 0, 1);
const UNTIL = Date.UTC(2027, 1, 1);
const day = (days: number) => JANUARY + days * DAY_MS;

interface Told {
  status: "pending" | "approved" | "rejected" | "reversed";
  payout: number;
  onDay: number;
}
interface Story {
  entries: Told[];
  hold?: "held" | "rejected_by_operator";
  test?: 1;
  imported?: 1;
  payableAfterDays?: number;
  affiliate?: number;
  /** What earlier statements list: of whom, up to which entry; a draft where it says so. */
  listed?: { affiliate?: number; turn?: number; from?: number; seq: number; due: number; draft?: true }[];
  carriedUntilDay?: number;
}
const accrual = (status: Told["status"], payout: number, onDay: number): Told => ({ status, payout, onDay });

let db: SqliteD1["db"];
beforeEach(() => {
  db = new SqliteD1("books", "schema/migrations/books", async () => {}).db;
  for (const trigger of ["line_comes_next", "statement_is_final"]) db.exec(`DROP TRIGGER ${trigger}`);
  db.exec(
    "INSERT INTO advertisers (number, slug, name, credentials, created_at, updated_at) VALUES (1, 'acme', 'Acme', '[]', 0, 0)",
  );
});

/** The lines as text: whose, from which entry to which, how much. */
function dueOf(story: Story, ownerType: StatementOwner = "affiliate"): string[] {
  const id = conversionId(day(story.entries[0]?.onDay ?? 0), "0".repeat(26));
  db.prepare(
    "INSERT INTO offers (number, slug, name, advertiser, destination, currency, payable_after_days, created_at, updated_at) VALUES (1, 'shoes', 'Shoes', 1, 'https://shop.example/', 'USD', ?, 0, 0)",
  ).run(story.payableAfterDays ?? 0);
  const last = story.entries.at(-1);
  const total = story.entries.reduce((sum, { payout }) => sum + payout, 0);
  db.prepare(
    `INSERT INTO conversions (conversion_id, seq, advertiser, offer, affiliate, link, event, click_id, status, currency, amount, revenue, payout, clicked_at, occurred_at, received_at, settled_at, test, imported, hold, attributed_by)
     VALUES (?, ?, 1, 1, ?, 1, 'sale', ?, ?, 'USD', ?, ?, ?, 0, 0, 0, 0, ?, ?, ?, 'click')`,
  ).run(
    id,
    story.entries.length,
    story.affiliate ?? 1,
    "0".repeat(36),
    last?.status ?? "approved",
    total * 10,
    total * 2,
    total,
    story.test ?? 0,
    story.imported ?? 0,
    story.hold ?? "",
  );
  for (const [index, { status, payout, onDay }] of story.entries.entries())
    db.prepare("INSERT INTO entries VALUES (?, ?, 'accrual', ?, ?, ?, ?, ?, ?, 'rule', NULL)").run(
      id,
      index + 1,
      status,
      payout * 10,
      payout * 2,
      payout,
      "r".repeat(26),
      day(onDay),
    );
  for (const [index, { affiliate = 1, turn = 1, from = 0, seq, due, draft }] of (story.listed ?? []).entries()) {
    const own = draft ? ["draft", null, null] : ["final", `2027-${index}`, 1];
    db.prepare(
      "INSERT INTO statements (id, closing, owner_type, owner, currency, until, time_zone, state, number, finalized_at, created_at) VALUES (?, 'k', 'affiliate', ?, 'USD', 0, 'UTC', ?, ?, ?, 0)",
    ).run(index + 1, affiliate, ...own);
    db.prepare(
      "INSERT INTO statement_lines VALUES (?, 'affiliate', ?, 'USD', ?, ?, ?, ?, 1, 'sale', 'approved', 0, ?, 0)",
    ).run(id, affiliate, turn, index + 1, from, seq, due);
  }
  if (story.carriedUntilDay !== undefined)
    db.prepare("INSERT INTO carried_balances VALUES ('affiliate', 1, 'USD', ?, 0, 0)").run(day(story.carriedUntilDay));
  const rows = db
    .prepare(`WITH ${dueRows(ownerType, "young")} SELECT * FROM due WHERE ?6 IS NULL ORDER BY owner`)
    .all(ownerType, "", "z", UNTIL, null, null);
  return rows.map((row) => `${row.owner}: ${row.from_seq}-${row.seq} ${row.due}${row.carried ? " carried" : ""}`);
}

const approvedLater = [accrual("pending", 5, 3), accrual("approved", 0, 9)];
const CASES: [what: string, story: Story, due: string[]][] = [
  ["an approved sale", { entries: [accrual("approved", 5, 3)] }, ["1: 0-1 5"]],
  ["an approval adds nothing, and its accrual counts", { entries: approvedLater }, ["1: 0-2 5"]],
  ["a pending sale is not due", { entries: [accrual("pending", 5, 3)] }, []],
  ["nor a rejected one", { entries: [...approvedLater, accrual("rejected", -5, 10)] }, []],
  ["nor a held one", { entries: [accrual("approved", 5, 3)], hold: "held" }, []],
  ["nor a test", { entries: [accrual("approved", 5, 3)], test: 1 }, []],
  ["nor history of another tracker", { entries: [accrual("approved", 5, 3)], imported: 1 }, []],
  [
    "nor what was cancelled before it was approved",
    { entries: [accrual("pending", 5, 3), accrual("reversed", -5, 4)] },
    [],
  ],
  [
    "what was given back within the period comes to nothing",
    { entries: [accrual("approved", 5, 3), accrual("reversed", -5, 8)] },
    ["1: 0-2 0"],
  ],
  [
    "received behind the end is the next period's",
    { entries: [accrual("approved", 5, 3), accrual("reversed", -5, 33)] },
    ["1: 0-1 5"],
  ],
  ["approved behind the end as well", { entries: [accrual("pending", 5, 3), accrual("approved", 0, 33)] }, []],
  [
    "nothing is taken over the head of what came too late",
    { entries: [accrual("approved", 5, 3), accrual("approved", 1, 33), accrual("approved", 1, 9)] },
    ["1: 0-1 5"],
  ],
  ["so many days behind the first approval", { entries: approvedLater, payableAfterDays: 22 }, ["1: 0-2 5"]],
  ["and not a day before", { entries: approvedLater, payableAfterDays: 23 }, []],
  [
    "later approvals do not matter",
    {
      entries: [accrual("approved", 5, 1), accrual("pending", 0, 2), accrual("approved", 0, 30)],
      payableAfterDays: 30,
    },
    ["1: 0-3 5"],
  ],
  ["what is listed is not due again", { entries: approvedLater, listed: [{ seq: 2, due: 5 }] }, []],
  [
    "later entries are due at once",
    { entries: [...approvedLater, accrual("approved", 3, 30)], payableAfterDays: 90, listed: [{ seq: 2, due: 5 }] },
    ["1: 2-3 3"],
  ],
  [
    "an operator's rejection of a paid sale takes it back",
    {
      entries: [...approvedLater, accrual("rejected", -5, 30)],
      hold: "rejected_by_operator",
      listed: [{ seq: 2, due: 5 }],
    },
    ["1: 2-3 -5"],
  ],
  [
    "a hold behind a statement, too",
    { entries: [...approvedLater, accrual("pending", 0, 30)], hold: "held", listed: [{ seq: 2, due: 5 }] },
    ["1: 2-3 0"],
  ],
  [
    "what stands in a draft is in nothing else",
    { entries: [...approvedLater, accrual("approved", 3, 30)], listed: [{ seq: 2, due: 5, draft: true }] },
    [],
  ],
  [
    "what became another affiliate's is taken back here and given there",
    { entries: approvedLater, affiliate: 2, listed: [{ seq: 2, due: 5 }] },
    ["1: 2-0 -5", "2: 0-2 5"],
  ],
  [
    "once",
    {
      entries: approvedLater,
      affiliate: 2,
      listed: [
        { seq: 2, due: 5 },
        { turn: 2, from: 2, seq: 0, due: -5 },
        { affiliate: 2, seq: 2, due: 5 },
      ],
    },
    [],
  ],
  [
    "and back",
    {
      entries: [...approvedLater, accrual("approved", 1, 12)],
      listed: [
        { seq: 2, due: 5 },
        { turn: 2, from: 2, seq: 0, due: -5 },
        { affiliate: 2, seq: 2, due: 5 },
      ],
    },
    ["1: 0-3 6", "2: 2-0 -5"],
  ],
  [
    "it is due there only when it is ripe",
    { entries: approvedLater, affiliate: 2, payableAfterDays: 90, listed: [{ seq: 2, due: 5 }] },
    ["1: 2-0 -5"],
  ],
  [
    "what was due when too little was",
    { entries: [accrual("approved", 5, 3)], carriedUntilDay: 20 },
    ["1: 0-1 5 carried"],
  ],
  ["what came after", { entries: [accrual("approved", 5, 21)], carriedUntilDay: 20 }, ["1: 0-1 5"]],
];

test.each(CASES)("%s", (_, story, due) => {
  expect(dueOf(story)).toEqual(due);
});

describe("of an advertiser", () => {
  test("it is the revenue", () => {
    expect(dueOf({ entries: approvedLater }, "advertiser")).toEqual(["1: 0-2 10"]);
  });

  test("whatever affiliates' statements list", () => {
    expect(dueOf({ entries: approvedLater, listed: [{ seq: 2, due: 5 }] }, "advertiser")).toEqual(["1: 0-2 10"]);
  });
});
