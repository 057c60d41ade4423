/** The ways in which an advertiser may send, by its mode: each makes a request out of parameters. */
import {
  type Parameters,
  type SenderRequest,
  type Stamp,
  signedBody,
  signedGet,
  signedPost,
  tokenBody,
  tokenGet,
  tokenPost,
  withToken,
} from "./requests.ts";

/** Whom postbacks are sent to and what proves them. */
export interface SenderAccess {
  /** `{origin}/p/{advertiser}` */
  address: string;
  /** `open`, `token` or `signed`. */
  auth: string;
  /** Null where the master key that it was derived from is no longer held. */
  token: string | null;
  secret: string | null;
}

export interface Way {
  name: string;
  /** `stamp.name` is a text of `[A-Za-z0-9_-]` that no other message has. */
  write(parameters: Parameters, stamp: Stamp): SenderRequest;
}

/** Every way that the sender's mode allows. Throws one line where the mode needs a secret that is not there. */
export function waysOf(sender: SenderAccess): Way[] {
  const { address, auth } = sender;
  if (auth === "signed") return signedWays(address, signingSecretOf(sender));
  const token = tokenOf(sender);
  const beside = auth === "open" ? "" : " with the token";
  const plain: Way[] = [
    { name: `a GET${beside}`, write: (parameters) => tokenGet(address, parameters, token) },
    { name: `a POST${beside}`, write: (parameters) => tokenPost(address, parameters, token) },
    {
      name: `a batch${beside}`,
      write: (parameters) => tokenBody(`${address}/batch`, ndjson(parameters), token),
    },
  ];
  if (auth === "open" || sender.secret === null) return plain;
  const [get, post] = signedWays(address, sender.secret);
  const also = (way: Way): Way => ({
    name: `${way.name} and the token`,
    write: (parameters, stamp) => withToken(way.write(parameters, stamp), token),
  });
  return [...plain, ...[get, post].map(also)];
}

/** The request of a sender that takes care: a GET, signed or with its token in the header, where no log of addresses has it. Throws as `waysOf` does. */
export function careful(sender: SenderAccess, parameters: Parameters, stamp: Stamp): SenderRequest {
  if (sender.auth === "signed") return signedGet(sender.address, parameters, signingSecretOf(sender), stamp);
  return withToken(tokenGet(sender.address, parameters, null), tokenOf(sender));
}

function signedWays(address: string, secret: string): [Way, Way, Way] {
  return [
    { name: "a signed GET", write: (parameters, stamp) => signedGet(address, parameters, secret, stamp) },
    {
      name: "a signed POST",
      write: (parameters, { nowS, name }) => signedPost(address, parameters, secret, { nowS, name: `msg_${name}` }),
    },
    {
      name: "a signed batch",
      write: (parameters, { nowS, name }) =>
        signedBody(`${address}/batch`, ndjson(parameters), secret, { nowS, name: `batch_${name}` }),
    },
  ];
}

function tokenOf({ auth, token }: SenderAccess): string | null {
  return auth === "open" ? null : needed(token, "token");
}

function signingSecretOf({ secret }: SenderAccess): string {
  return needed(secret, "signing secret");
}

function needed(secret: string | null, what: string): string {
  if (secret === null) throw new Error(`the console shows no ${what}: its master key is no longer held`);
  return secret;
}

function ndjson(parameters: Parameters): { bytes: Uint8Array; type: string } {
  return { bytes: new TextEncoder().encode(`${JSON.stringify(parameters)}\n`), type: "application/x-ndjson" };
}
