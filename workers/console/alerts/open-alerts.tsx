/** Alerts that are open, each with since when and the way to its rows. */
import { Named } from "../shell/parts/named.tsx";
import { Time } from "../shell/parts/values.tsx";
import type { AlertView } from "./alert.ts";

export function OpenAlerts({ alerts }: { alerts: readonly AlertView[] }) {
  return (
    <ul class="alerts" aria-label="Open alerts">
      {alerts.map(({ label, advertiser, destination, said, since, path }) => (
        <li class="notice" data-tone="bad">
          <p>
            <strong>
              {label}
              {(advertiser ?? destination) === null ? null : ": "}
              {advertiser === null ? destination : <Named of="advertiser" slug={advertiser} />}
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
