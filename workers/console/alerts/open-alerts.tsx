/** Alerts that are open, each with since when and the way to its rows. */
import type { Child } from "hono/jsx";
import { Named } from "../shell/parts/named.tsx";
import { Time } from "../shell/parts/values.tsx";
import type { AlertView } from "./alert.ts";

export function OpenAlerts({ alerts }: { alerts: readonly AlertView[] }) {
  return (
    <ul class="alerts" aria-label="Open alerts">
      {alerts.map(({ label, advertiser, affiliate, destination, said, since, path }) => (
        <li class="notice" data-tone="bad">
          <p>
            <strong>
              {label}
              {(advertiser ?? affiliate ?? destination) === null ? null : ": "}
              {alertSubject({ advertiser, affiliate, destination })}
            </strong>{" "}
            {said}
          </p>
          <p class="alert-more">
            Since <Time at={since} /> · <a href={path}>Look at the rows</a>
          </p>
        </li>
      ))}
    </ul>
  );
}

/** What an alert is about; nothing where it is the whole system. */
export function alertSubject({
  advertiser,
  affiliate,
  destination,
}: Pick<AlertView, "advertiser" | "affiliate" | "destination">): Child {
  if (advertiser !== null) return <Named of="advertiser" slug={advertiser} />;
  return affiliate === null ? destination : <Named of="affiliate" slug={affiliate} />;
}
