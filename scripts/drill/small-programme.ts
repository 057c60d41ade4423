/** A few clicks, sales, refunds and a claim of the smallest programme, over HTTP, so that there is something to lose. */
import { callConsole } from "../console-api.ts";
import { createAcme } from "../programme/acme.ts";
import { reach } from "../reach.ts";
import { until } from "../until.ts";
import { type DrillWorld, rowsOf } from "./drill-world.ts";

const SALES = 12;
const SETTLES = { everyMs: 200, withinMs: 60_000 };

/** Where clicks and postbacks go. */
export interface Doors {
  click(path: string): Promise<{ headers: { get(name: string): string | null } }>;
  postback(path: string): Promise<{ status: number }>;
}

export async function playSmall(world: DrillWorld & { origins: { click: string; postback: string } }): Promise<void> {
  const { click, postback } = world.origins;
  await play(world, {
    click: (path) => reach(new URL(path, click), { redirect: "manual" }),
    postback: (path) => reach(new URL(path, postback)),
  });
}

export async function play({ fetchConsole, books, log }: DrillWorld, doors: Doors): Promise<void> {
  const { token } = await createAcme(fetchConsole);
  await callConsole(fetchConsole, { method: "PATCH", path: "/api/advertisers/acme", body: { pixel: true } });
  const send = async (words: Record<string, string>) => {
    const { status } = await doors.postback(`/p/acme?${new URLSearchParams({ token, ...words })}`);
    if (status >= 300) throw new Error(`a postback was answered ${status}`);
  };
  let clickId = "";
  for (let number = 0; number < SALES; number++) {
    const { headers } = await doors.click(`/c/demo?sub1=drill${number}`);
    clickId = /[0-9a-hjkmnp-tv-z]{36}/.exec(headers.get("location") ?? "")?.[0] ?? "";
    await send({
      click_id: clickId,
      event: "sale",
      txid: `drilled-order-${number}`,
      amount: String(20 + number),
      coupon: "SPRING",
    });
  }
  await send({ event: "sale", txid: "drilled-order-1", status: "reversed", amount: "5", refund_id: "one" });
  await send({ event: "sale", txid: "drilled-order-2", status: "reversed" });
  await doors.postback(`/p/acme.gif?${new URLSearchParams({ click_id: clickId, event: "lead" })}`);
  const isSettled = async () => {
    const [settled] = await rowsOf(log, "SELECT count(*) AS rows FROM postbacks WHERE stage > 0");
    const [joined] = await rowsOf(books, "SELECT count(*) AS rows FROM conversions WHERE click_joined = 1");
    return settled?.rows === SALES + 3 && joined?.rows === SALES;
  };
  if (!(await until(isSettled, SETTLES))) throw new Error("what was sent is not settled");
}
