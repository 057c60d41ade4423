/** The checker of proofs for everybody: the file, and a page that runs it in a browser. Nothing that is checked leaves the browser. */
import type { Hono } from "hono";
import checker from "../shell/assets/check-proof.client.js" with { type: "text" };
import { assetPath } from "../shell/assets.ts";
import { htmlAnswer } from "../shell/browser-answers.ts";
import type { ConsoleEnv } from "../web/call.ts";
import { CHECKER_PATH } from "./checker-path.ts";

export function routeChecker(app: Hono<ConsoleEnv>): void {
  app.get(`${CHECKER_PATH}.mjs`, () => {
    const headers = { "content-type": "text/javascript; charset=utf-8", "cache-control": "no-cache" };
    return new Response(checker, { headers: { ...headers, "access-control-allow-origin": "*" } });
  });
  app.get(CHECKER_PATH, () => htmlAnswer(<CheckerPage />));
}

function CheckerPage() {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Check a proof</title>
        <link rel="icon" href={assetPath("mark.svg")} type="image/svg+xml" />
        <link rel="stylesheet" href={assetPath("console.css")} />
        <script type="module" src={`${CHECKER_PATH}.mjs`} />
      </head>
      <body>
        <main>
          <h1>Check a proof</h1>
          <p>
            Everything is checked in this browser, by <a href={`${CHECKER_PATH}.mjs`}>one file</a> that you can read,
            keep and run elsewhere. Nothing is sent.
          </p>
          <form class="form" data-check-proof>
            <p>
              <label for="proof">The proof, proof.json</label>
              <input id="proof" name="proof" type="file" required />
            </p>
            <p>
              <label for="statement">The statement as NDJSON, to compare with it</label>
              <input id="statement" name="statement" type="file" />
            </p>
            <p>
              <label for="key">The log’s key, as you know it</label>
              <input id="key" name="key" autocomplete="off" />
            </p>
            <button type="submit">Check</button>
            <pre>
              <output />
            </pre>
          </form>
        </main>
      </body>
    </html>
  );
}
