/** A message on its way through a batch. */
import type {
  AdoptionMessage,
  ArchiveMessage,
  ClicksMessage,
  ErasureMessage,
  PostbackMessage,
  RefusalMessage,
  RepairMessage,
  StatementMessage,
} from "../../schema/messages.ts";

/** Whatever a queue can bring, if it is well. */
export type AnyMessage =
  | PostbackMessage
  | ClicksMessage
  | ArchiveMessage
  | RefusalMessage
  | RepairMessage
  | ErasureMessage
  | AdoptionMessage
  | StatementMessage;

/** Acknowledged or given back once; `attempts` counts its deliveries, this one included. */
export interface DeliveryOf<Body> {
  body: Body;
  attempts: number;
  ack(): void;
  retry(options: { delaySeconds: number }): void;
}
