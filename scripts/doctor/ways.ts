/** The ways in which an advertiser may send, by its mode: each makes a request out of parameters. */
import {
  type Parameters,
  type SenderRequest,
  signedBody,
  signedGet,
  signedPost,
  tokenBody,
  tokenGet,
  tokenPost,
  withToken,
} from "../sender/requests.ts";

/** Whom postbacks are sent to and what proves them. */
export interface Sender {
  /** `{origin}/p/{advertiser}` */
  address: string;
  auth: string;
  token: string | null;
  secret: string | null;
}

export interface Way {
  name: string;
  /** `name` is a text that no other message has. */
  write(parameters: Parameters, name: string): SenderRequest;
}

/** Throws one line where the mode needs a secret that is not there. */
export function waysOf(sender: Sender, nowS: () => number): [Way, ...Way[]] {
  const { address, auth } = sender;
  const token = auth === "open" ? null : needed(sender.token, "token");
  if (auth === "signed") return signedWays(address, needed(sender.secret, "signing secret"), nowS);
  const beside = auth === "open" ? "" : " with the token";
  const plain: [Way, ...Way[]] = [
    { name: `a GET${beside}`, write: (parameters) => tokenGet(address, parameters, token) },
    { name: `a POST${beside}`, write: (parameters) => tokenPost(address, parameters, token) },
    {
      name: `a batch${beside}`,
      write: (parameters) => tokenBody(`${address}/batch`, ndjson(parameters), token),
    },
  ];
  if (auth === "open" || sender.secret === null) return plain;
  const [get, post] = signedWays(address, sender.secret, nowS);
  const also = (way: Way): Way => ({
    name: `${way.name} and the token`,
    write: (parameters, name) => withToken(way.write(parameters, name), token),
  });
  return [...plain, ...[get, post].map(also)];
}

function signedWays(address: string, secret: string, nowS: () => number): [Way, Way, Way] {
  return [
    {
      name: "a signed GET",
      write: (parameters, name) => signedGet(address, parameters, secret, { nowS: nowS(), name }),
    },
    {
      name: "a signed POST",
      write: (parameters, name) => signedPost(address, parameters, secret, { nowS: nowS(), name: `msg_${name}` }),
    },
    {
      name: "a signed batch",
      write: (parameters, name) =>
        signedBody(`${address}/batch`, ndjson(parameters), secret, { nowS: nowS(), name: `batch_${name}` }),
    },
  ];
}

function needed(secret: string | null, what: string): string {
  if (secret === null) throw new Error(`the console shows no ${what}: its master key is no longer held`);
  return secret;
}

function ndjson(parameters: Parameters): { bytes: Uint8Array; type: string } {
  return { bytes: new TextEncoder().encode(`${JSON.stringify(parameters)}\n`), type: "application/x-ndjson" };
}
