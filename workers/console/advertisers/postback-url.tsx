/** The postback URL that an advertiser's server calls, in the words that it uses. */
import { PRESETS } from "../../core/postback/mapping-presets.ts";
import { Card } from "../shell/parts/section.tsx";
import { Copyable, Secret } from "../shell/parts/values.tsx";
import type { AdvertiserView } from "./fields.ts";

/** What a postback usually says; each value is the sender's own to fill in. */
const PARTS = [
  ["click_id", "the click ID that our redirect put into the destination’s address"],
  ["event", "what happened: one of the offer’s events; left out, its first"],
  ["txid", "the order’s number, so that it counts once however often it is sent"],
  ["amount", "what was sold for, with a decimal point"],
  ["currency", "ISO 4217; left out, the offer’s"],
  ["status", "pending, approved, rejected, reversed or reinstated; left out, approved"],
] as const;

export function PostbackUrl(props: { advertiser: AdvertiserView; token: string | null; isOwn: boolean }) {
  const { advertiser, token, isOwn } = props;
  const { auth, postback_url: url } = advertiser;
  const named = PARTS.slice(0, 4).map(([name]) => `${theirName(advertiser, name)}={${name}}`);
  const address = `${url}?${named.join("&")}`;
  const tokenName = theirName(advertiser, "token");
  return (
    <Card title="Postback URL">
      <p>
        {isOwn ? "Your" : "The advertiser’s"} server calls it when somebody buys, and puts its own values in the place
        of what stands in braces.
      </p>
      <Copyable
        id="postback-url"
        label="Postback URL"
        text={auth === "token" ? `${address}&${tokenName}={token}` : address}
      />
      {auth === "token" && token !== null ? (
        <Secret id="postback-url-token" label="the URL with its token" text={`${address}&${tokenName}=${token}`} />
      ) : null}
      <dl class="parameters">
        {PARTS.map(([name, meaning]) => (
          <div>
            <dt>
              <code>{theirName(advertiser, name)}</code>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p class="help">{PROOF[auth]}</p>
    </Card>
  );
}

const PROOF = {
  open: "Nothing has to prove where it comes from.",
  token: "The token proves where it comes from; it may stand in the header Authorization: Bearer instead.",
  signed:
    "Every postback is signed: see the signing recipes. One with anything behind the signature, or with a body behind a GET, is refused.",
} as const;

/** The sender's own name for a parameter, where its mapping has one. */
function theirName({ mapping }: AdvertiserView, ours: string): string {
  const preset = PRESETS.get(mapping?.preset ?? "")?.names ?? {};
  const own = Object.entries({ ...preset, ...mapping?.names }).find(([, target]) => target === ours);
  return own?.[0] ?? ours;
}
