/** The tracking link, with what an affiliate hangs on it, to copy. */
import { MAX_DEEP_LINK_LENGTH } from "../../core/click/deep-link.ts";
import { Card } from "../shell/parts/section.tsx";
import { Copyable } from "../shell/parts/values.tsx";

const MAX_SUB_LENGTH = 256;
const SHOWN_SUBS = 3;
const SUBS = Array.from({ length: 10 }, (_, index) => `sub${index + 1}`);

/** A script puts the fields into the link as they are written; without it, the bare link is there to copy. */
export function LinkBuilder({ url, test, hosts }: { url: string; test: boolean; hosts: readonly string[] }) {
  const [shown, more] = [SUBS.slice(0, SHOWN_SUBS), SUBS.slice(SHOWN_SUBS)];
  return (
    <Card title="Tracking link">
      <Copyable id="tracking-link" label="Tracking link" text={url} />
      <form class="builder" data-link-builder={url} data-output="tracking-link">
        {shown.map((name) => (
          <Part name={name} label={name} placeholder="anything" />
        ))}
        <Part name="external_id" label="external_id" placeholder="{the source’s click id}" />
        {hosts.length === 0 ? null : (
          <Part
            name="url"
            label="Deep link"
            placeholder={`https://${hosts[0]?.replace("*.", "www.")}/page`}
            most={MAX_DEEP_LINK_LENGTH}
            hosts={hosts}
          />
        )}
        <details>
          <summary>More sub-ids</summary>
          <div class="builder">
            {more.map((name) => (
              <Part name={name} label={name} />
            ))}
            {test ? (
              <label class="check">
                <input type="checkbox" name="test" value="1" /> a test click
              </label>
            ) : null}
          </div>
        </details>
      </form>
      <p class="help">
        A sub-id is free text of the affiliate, at most 256 characters; it comes back with every conversion. Macros of
        the traffic source, such as <code>{"{campaign}"}</code>, are left for it to fill in.
      </p>
    </Card>
  );
}

interface PartProps {
  name: string;
  label: string;
  placeholder?: string;
  /** Characters. */
  most?: number;
  /** Where it may lead: the script says beside it what is wrong, and leaves it out of the link. */
  hosts?: readonly string[];
}

function Part({ name, label, placeholder, most = MAX_SUB_LENGTH, hosts }: PartProps) {
  const fault = hosts && `fault-of-${name}`;
  return (
    <label>
      <span>{label}</span>
      <input
        name={name}
        placeholder={placeholder}
        autocomplete="off"
        spellcheck={false}
        maxlength={most}
        data-hosts={hosts?.join(" ")}
        aria-describedby={fault}
      />
      {fault ? <span class="fault" id={fault} role="status" /> : null}
    </label>
  );
}
