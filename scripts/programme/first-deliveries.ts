/** What `npm start` begins with besides its programme: an affiliate's tracker and a system of the programme's, each told a test, so that the pages of destinations and deliveries show something. */
import { type ConsoleFetch, callConsole } from "../console-api.ts";
import { receiverPorts } from "../local/origins.ts";
import { type LocalReceiver, startReceiver } from "../receivers/receiver.ts";
import {
  ensureDestination,
  type LocalDestination,
  POSTBACK_QUERY,
  pauseDestination,
  readPostbackCall,
  readWebhookCall,
} from "../receivers/tellings.ts";
import { until } from "../until.ts";
import { DEMO_LINK } from "./acme.ts";

/** The start does not wait for them any longer. */
const TAKEN = { withinMs: 4_000, everyMs: 50 };
const LOGGED = { withinMs: 2_000, everyMs: 50 };

/** Makes both and tells them; then nobody listens there any more, so they are paused: what is to be told waits. Does nothing where the ports are taken. */
export async function tellFirst(fetchConsole: ConsoleFetch, port: number): Promise<void> {
  const [trackerPort, systemPort] = receiverPorts(port);
  const secrets: string[] = [];
  const receivers: LocalReceiver[] = [];
  const answer = () => ({ status: 200, body: "OK" });
  const takes = () => true;
  try {
    receivers.push(await startReceiver(trackerPort, { read: readPostbackCall, answer, takes }));
    receivers.push(await startReceiver(systemPort, { read: (call) => readWebhookCall(call, secrets), answer, takes }));
  } catch {
    await Promise.all(receivers.map(({ stop }) => stop()));
    return;
  }
  const destinations: LocalDestination[] = [
    {
      ...{ slug: "blog-tracker", name: "The Blog’s tracker", kind: "postback", affiliate: DEMO_LINK.affiliate.slug },
      url: `http://localhost:${trackerPort}/postback?${POSTBACK_QUERY}`,
    },
    { slug: "crm", name: "The CRM", kind: "webhook", url: `http://localhost:${systemPort}/webhook` },
  ];
  try {
    for (const destination of destinations) {
      const secret = await ensureDestination(fetchConsole, destination);
      if (secret !== null) secrets.push(secret);
      const path = `/api/destinations/${destination.slug}/test`;
      await callConsole(fetchConsole, { method: "POST", path }, [202]);
    }
    await until(async () => receivers.every(({ taken }) => taken.length > 0), TAKEN);
    // A pause that came before the answer is recorded would show a delivery that waits.
    await until(async () => {
      const statuses = destinations.map(({ slug }) =>
        callConsole(fetchConsole, { path: `/api/destinations/${slug}/status` }),
      );
      return (await Promise.all(statuses)).every(({ sent, waiting }) => Number(sent) > 0 && waiting === 0);
    }, LOGGED);
    for (const { slug } of destinations) await pauseDestination(fetchConsole, slug);
  } finally {
    await Promise.all(receivers.map(({ stop }) => stop()));
  }
}
