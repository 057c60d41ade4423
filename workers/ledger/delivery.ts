/** A message on its way through a batch. */

/** Acknowledged or given back once; `attempts` counts its deliveries, this one included. */
export interface DeliveryOf<Body> {
  body: Body;
  attempts: number;
  ack(): void;
  retry(options: { delaySeconds: number }): void;
}
