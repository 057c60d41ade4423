/** How a sender signs its postbacks, as programs to copy; the secret is left to their environment. */
import { RECIPE_VARIABLES, type Recipe, signingRecipes } from "../../core/signing-recipes.ts";
import { Card } from "../shell/parts/section.tsx";
import { Copyable } from "../shell/parts/values.tsx";
import type { AdvertiserView } from "./fields.ts";

const METHODS = [
  ["GET", "A signed GET", "What stands before the signature, path and query, vouches for itself."],
  ["POST", "A signed POST", "As Standard Webhooks has it: its libraries do the same."],
] as const satisfies readonly (readonly [Recipe["method"], string, string])[];

/** What a signature is worth, by how the advertiser proves itself. */
const WORDS: Record<AdvertiserView["auth"], string> = {
  signed: "Every postback must be signed.",
  token:
    "Your postbacks are proved by your token. What is signed needs it besides, as the header Authorization: Bearer or as the parameter token, until the operator asks for signatures instead: without it the answer is token_besides. Signatures are checked as soon as they come, and logged, so that a sender can move over without an outage.",
  open: "Signatures are checked as soon as they come, and logged, so that a sender can move over without an outage.",
};

export function Recipes({ advertiser }: { advertiser: AdvertiserView }) {
  const { signingSecret, clickId } = RECIPE_VARIABLES;
  return (
    <Card title="Signing recipes" id="recipes">
      <p>
        {WORDS[advertiser.auth]} The programs read the signing secret from <code>{signingSecret}</code> and a click ID
        from <code>{clickId}</code>.
      </p>
      {METHODS.map(([method, title, words]) => (
        <section class="recipes">
          <h3>{title}</h3>
          <p class="help">{words}</p>
          {signingRecipes(method, { postbackUrl: advertiser.postback_url }).map(({ title, language, code }) => (
            <details>
              <summary>{title}</summary>
              <Copyable id={`recipe-${method}-${language}`} label={`${title}, ${method}`} text={code.trimEnd()} />
            </details>
          ))}
        </section>
      ))}
    </Card>
  );
}
