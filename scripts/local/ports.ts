/** Finds out, before anything is built, whether the ports are free. */
import { createServer } from "node:net";

/** Throws one line naming the first port that cannot be listened on. */
export async function claimPorts(host: string, ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const code = await tryPort(host, port);
    if (code === "EADDRINUSE")
      throw new Error(
        `port ${port} is taken: stop what listens there, or choose three free ports in a row with PORT=…`,
      );
    if (code) throw new Error(`port ${port} cannot be used (${code}): choose three others in a row with PORT=…`);
  }
}

function tryPort(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve("code" in error ? String(error.code) : error.message));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}

/** The first of so many free ports in a row, as the system happens to have them. */
export async function freePorts(host: string, count: number): Promise<number> {
  for (;;) {
    const first = await anyPort(host);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const codes = await Promise.all(ports.map((port) => tryPort(host, port)));
    if (codes.every((code) => code === null)) return first;
  }
}

function anyPort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
