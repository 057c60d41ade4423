/** Where everything listens on this machine: the workers that face the public at the click worker's port and the two behind it, then the demo's receivers and the shop. */
export interface Origins {
  click: string;
  postback: string;
  console: string;
}

/** By section of wrangler.toml; a worker that is not here faces nobody. */
export const PORT_OFFSETS: Record<keyof Origins, number> & Record<string, number | undefined> = {
  click: 0,
  postback: 1,
  console: 2,
};

export function originsOf(port: number): Origins {
  const origin = (worker: keyof Origins) => `http://localhost:${port + PORT_OFFSETS[worker]}`;
  return { click: origin("click"), postback: origin("postback"), console: origin("console") };
}

/** Where the demo's own receivers of deliveries listen while it runs: an affiliate's tracker, and a system of the programme's. */
export function receiverPorts(port: number): [tracker: number, system: number] {
  return [port + 3, port + 4];
}

/** Where the local shop listens, to which the demo's links lead. */
export function shopPort(port: number): number {
  return port + 5;
}

/** Its address. */
export function shopOrigin(port: number): string {
  return `http://localhost:${shopPort(port)}`;
}

/** The page of an offer's product there, as the offer's destination: it shows what the click brought. */
export function shopDestination(shop: string, offer: string): string {
  return `${shop}/${offer}?click_id={click_id}&from={affiliate}&sub1={sub1}&sub2={sub2}`;
}
