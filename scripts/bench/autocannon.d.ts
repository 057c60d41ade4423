/** The part of the load generator that the benchmark uses. */
declare module "autocannon" {
  interface Options {
    url: string;
    connections: number;
    /** So many requests, then it ends. */
    amount: number;
    /** Milliseconds between two looks at whether it has ended. */
    sampleInt: number;
    /** Seconds after which a request counts as an error. */
    timeout: number;
    /** Each connection sends these in turn, from the first one on. */
    requests: readonly Request[];
    setupClient: (client: Client) => void;
  }
  export interface Request {
    method?: "GET" | "POST";
    path: string;
    headers?: Record<string, string>;
    body?: string;
  }
  interface Client {
    setRequests(requests: readonly Request[]): void;
  }
  interface Result {
    errors: number;
  }
  interface Run extends PromiseLike<Result> {
    on(event: "start", listener: () => void): void;
    on(event: "response", listener: (client: Client, status: number) => void): void;
  }
  export default function autocannon(options: Options): Run;
}
