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
        <main class="checker">
          <h1>Check a proof</h1>
          <p class="lead">
            Everything is checked in this browser, by <a href={`${CHECKER_PATH}.mjs`}>one file</a> that you can read,
            keep and run elsewhere. Nothing is sent.
          </p>
          <form class="stack" data-check-proof>
            <div class="field">
              <label for="proof">The proof</label>
              <input id="proof" name="proof" type="file" required aria-describedby="proof-help" />
              <p class="help" id="proof-help">
                <code>proof.json</code>, from the page of the statement or postback.
              </p>
            </div>
            <div class="field">
              <label for="statement">The statement</label>
              <input id="statement" name="statement" type="file" aria-describedby="statement-help" />
              <p class="help" id="statement-help">
                As NDJSON, to be compared with the proof. Left out, it is not.
              </p>
            </div>
            <div class="field">
              <label for="key">The log’s key</label>
              <input id="key" name="key" autocomplete="off" spellcheck={false} aria-describedby="key-help" />
              <p class="help" id="key-help">
                As you know it. Left empty, the one that came with the proof is shown.
              </p>
            </div>
            <div>
              <button type="submit" class="primary">
                Check
              </button>
            </div>
            <output />
          </form>
        </main>
      </body>
    </html>
  );
}
