/** What the courier may touch: exactly what its section of wrangler.toml grants. */
import type { Destination } from "./destination-object.ts";

export interface Env {
  /** Books and set-up, to read. */
  DB: D1Database;
  /** What was told. */
  COURIER: D1Database;
  DESTINATIONS: DurableObjectNamespace<Destination>;
  /** Numbered master keys: of them come the names of deliveries, the webhooks' secrets, and what opens other people's secrets. */
  COURIER_KEYS: string;
  /** Ports of this machine that may be told, `any`, or empty. */
  LOOPBACK_PORTS: string;
  /** Who is asked where names lead, over HTTPS; empty for nobody. */
  RESOLVER: string;
  /** A stand-in for all ad platforms, such as `http://127.0.0.1:9000`, in which each host is the first part of the path; empty outside of tests. */
  PLATFORMS_AT: string;
}
