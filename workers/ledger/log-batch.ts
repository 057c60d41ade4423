/** Log rows of a queue batch are written together; when that fails each message's go alone, so that a poison row cannot take its neighbours along. */
import { backoffSeconds } from "./backoff.ts";
import type { DeliveryOf } from "./delivery.ts";

/** Acknowledges what could be written and gives back the rest. `write` may meet rows that are there already, and leaves them as they are. */
export async function writeLog<Body>(
  deliveries: readonly DeliveryOf<Body>[],
  write: (bodies: readonly Body[]) => Promise<void>,
  chance: () => number,
): Promise<void> {
  if (deliveries.length === 0) return;
  try {
    await write(deliveries.map(({ body }) => body));
    for (const delivery of deliveries) delivery.ack();
  } catch (error) {
    console.error({ event: "log_rows_not_written", messages: deliveries.length, error: String(error) });
    // The one message that there is has just been tried alone.
    if (deliveries.length > 1) for (const delivery of deliveries) await writeLog([delivery], write, chance);
    else
      for (const delivery of deliveries) delivery.retry({ delaySeconds: backoffSeconds(delivery.attempts, chance()) });
  }
}
