/**
 * How a sender signs its postbacks, as programs to copy: in curl with openssl, Node, Python and PHP, for the signed GET (see signed-url.ts) and
 * the signed POST (see signed-webhook.ts). They stand in the documentation and on the console's pages, and a test runs each as it is written.
 */

/** What a recipe is about. What is left out, the program reads from its environment: the secret should be, on every page. */
export interface RecipeValues {
  /** The advertiser's postback URL, without a query. */
  postbackUrl?: string;
  signingSecret?: string;
  clickId?: string;
}

/** Where the programs read what was left out. */
export const RECIPE_VARIABLES = {
  postbackUrl: "POSTBACK_URL",
  signingSecret: "SIGNING_SECRET",
  clickId: "CLICK_ID",
} as const satisfies Record<keyof RecipeValues, string>;

export interface Recipe {
  title: string;
  method: "GET" | "POST";
  /** The name of a code block's language. */
  language: "bash" | "js" | "python" | "php";
  /** Programs that must be there to run it. */
  needs: readonly string[];
  /** Ends with a line break. */
  code: string;
}

/** The recipes of a method, in a fixed order. Given values are written as literals of the language, whatever characters they hold. */
export function signingRecipes(method: Recipe["method"], values: RecipeValues = {}): Recipe[] {
  return LANGUAGES.map(({ title, language, needs, value, write }) => {
    const expression = (name: keyof RecipeValues) => value(values[name], RECIPE_VARIABLES[name]);
    const spelled = {
      url: expression("postbackUrl"),
      secret: expression("signingSecret"),
      clickId: expression("clickId"),
    };
    return { title, method, language, needs, code: write[method](spelled) };
  });
}

/** Expressions of the language. */
interface Spelled {
  url: string;
  secret: string;
  clickId: string;
}

interface Language extends Pick<Recipe, "title" | "language" | "needs"> {
  /** The expression for a literal, or where it is absent for a variable of the environment. */
  value(literal: string | undefined, variable: string): string;
  write: Record<Recipe["method"], (spelled: Spelled) => string>;
}

const SHELL: Language = {
  title: "curl and openssl",
  language: "bash",
  needs: ["bash", "curl", "openssl"],
  value: (literal, variable) => (literal === undefined ? `"$${variable}"` : `'${literal.replaceAll("'", "'\\''")}'`),
  write: {
    GET: ({ url, secret, clickId }) => `\
url=${url}
secret=${secret}
click_id=${clickId}
key=$(printf %s "\${secret#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \\n')
path="/\${url#*://*/}"
signed="$path?click_id=$click_id&txid=order-1001&amount=40.00&ts=$(date +%s)&nonce=$(openssl rand -hex 12)"
sig=$(printf %s "$signed" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" | sed 's/.*= *//')
curl -sS "\${url%"$path"}$signed&sig=$sig"
`,
    POST: ({ url, secret, clickId }) => `\
url=${url}
secret=${secret}
click_id=${clickId}
key=$(printf %s "\${secret#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \\n')
body="{\\"click_id\\":\\"$click_id\\",\\"txid\\":\\"order-1002\\",\\"amount\\":\\"40.00\\"}"
id="msg_$(openssl rand -hex 12)"
ts=$(date +%s)
sig=$(printf %s "$id.$ts.$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)
curl -sS "$url" -H "content-type: application/json" --data-binary "$body" \\
  -H "webhook-id: $id" -H "webhook-timestamp: $ts" -H "webhook-signature: v1,$sig"
`,
  },
};

const NODE: Language = {
  title: "Node",
  language: "js",
  needs: ["node"],
  value: (literal, variable) => (literal === undefined ? `process.env.${variable}` : JSON.stringify(literal)),
  write: {
    GET: ({ url, secret, clickId }) => `\
import { createHmac, randomBytes } from "node:crypto";

const url = new URL(${url});
const secret = ${secret};
const key = Buffer.from(secret.replace("whsec_", ""), "base64");
const query = new URLSearchParams({
  click_id: ${clickId},
  txid: "order-1001",
  amount: "40.00",
  ts: String(Math.floor(Date.now() / 1000)),
  nonce: randomBytes(12).toString("hex"),
});
const signed = \`\${url.pathname}?\${query}\`;
const sig = createHmac("sha256", key).update(signed).digest("hex");
const answer = await fetch(\`\${url.origin}\${signed}&sig=\${sig}\`);
console.log(await answer.text());
`,
    POST: ({ url, secret, clickId }) => `\
import { createHmac, randomBytes } from "node:crypto";

const url = ${url};
const secret = ${secret};
const key = Buffer.from(secret.replace("whsec_", ""), "base64");
const body = JSON.stringify({ click_id: ${clickId}, txid: "order-1002", amount: "40.00" });
const id = \`msg_\${randomBytes(12).toString("hex")}\`;
const ts = String(Math.floor(Date.now() / 1000));
const sig = createHmac("sha256", key).update(\`\${id}.\${ts}.\${body}\`).digest("base64");
const answer = await fetch(url, {
  method: "POST",
  body,
  headers: {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": ts,
    "webhook-signature": \`v1,\${sig}\`,
  },
});
console.log(await answer.text());
`,
  },
};

const PYTHON: Language = {
  title: "Python",
  language: "python",
  needs: ["python3"],
  value: (literal, variable) => (literal === undefined ? `os.environ["${variable}"]` : JSON.stringify(literal)),
  write: {
    GET: ({ url, secret, clickId }) => `\
import base64, hashlib, hmac, os, secrets, time
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

url = urlsplit(${url})
secret = ${secret}
key = base64.b64decode(secret.removeprefix("whsec_"))
query = urlencode({
    "click_id": ${clickId},
    "txid": "order-1001",
    "amount": "40.00",
    "ts": int(time.time()),
    "nonce": secrets.token_hex(12),
})
signed = f"{url.path}?{query}"
sig = hmac.new(key, signed.encode(), hashlib.sha256).hexdigest()
try:
    answer = urlopen(f"{url.scheme}://{url.netloc}{signed}&sig={sig}")
except HTTPError as refused:
    answer = refused
print(answer.read().decode())
`,
    POST: ({ url, secret, clickId }) => `\
import base64, hashlib, hmac, json, os, secrets, time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

url = ${url}
secret = ${secret}
key = base64.b64decode(secret.removeprefix("whsec_"))
body = json.dumps({"click_id": ${clickId}, "txid": "order-1002", "amount": "40.00"}).encode()
id = f"msg_{secrets.token_hex(12)}"
ts = str(int(time.time()))
sig = base64.b64encode(hmac.new(key, f"{id}.{ts}.".encode() + body, hashlib.sha256).digest()).decode()
headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": ts,
    "webhook-signature": f"v1,{sig}",
}
try:
    answer = urlopen(Request(url, data=body, headers=headers))
except HTTPError as refused:
    answer = refused
print(answer.read().decode())
`,
  },
};

const PHP: Language = {
  title: "PHP",
  language: "php",
  needs: ["php"],
  value: (literal, variable) =>
    literal === undefined ? `getenv('${variable}')` : `'${literal.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`,
  write: {
    GET: ({ url, secret, clickId }) => `\
<?php
$url = ${url};
$secret = ${secret};
$key = base64_decode(substr($secret, strlen('whsec_')));
$path = parse_url($url, PHP_URL_PATH);
$signed = $path . '?' . http_build_query([
    'click_id' => ${clickId},
    'txid' => 'order-1001',
    'amount' => '40.00',
    'ts' => time(),
    'nonce' => bin2hex(random_bytes(12)),
]);
$sig = hash_hmac('sha256', $signed, $key);
$context = stream_context_create(['http' => ['ignore_errors' => true]]);
echo file_get_contents(substr($url, 0, -strlen($path)) . $signed . '&sig=' . $sig, false, $context), "\\n";
`,
    POST: ({ url, secret, clickId }) => `\
<?php
$url = ${url};
$secret = ${secret};
$key = base64_decode(substr($secret, strlen('whsec_')));
$body = json_encode(['click_id' => ${clickId}, 'txid' => 'order-1002', 'amount' => '40.00']);
$id = 'msg_' . bin2hex(random_bytes(12));
$ts = time();
$sig = base64_encode(hash_hmac('sha256', "$id.$ts.$body", $key, true));
echo file_get_contents($url, false, stream_context_create(['http' => [
    'method' => 'POST',
    'ignore_errors' => true,
    'content' => $body,
    'header' => [
        'content-type: application/json',
        "webhook-id: $id",
        "webhook-timestamp: $ts",
        "webhook-signature: v1,$sig",
    ],
]])), "\\n";
`,
  },
};

const LANGUAGES: readonly Language[] = [SHELL, NODE, PYTHON, PHP];
