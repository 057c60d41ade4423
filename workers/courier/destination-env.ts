/** What a destination's object takes of the courier's capabilities. */
export interface DestinationEnv {
  DB: D1Database;
  COURIER: D1Database;
  COURIER_KEYS: string;
  LOOPBACK_PORTS: string;
  RESOLVER: string;
  PLATFORMS_AT: string;
}
