/** Where the workers that face the public listen on this machine: the click worker's port and the two behind it. */
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
