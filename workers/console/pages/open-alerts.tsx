/** Alerts that are open, each with since when and the way to its rows. */
import type { AlertView } from "../alerts/alert.ts";
import { Time } from "../shell/parts/values.tsx";

export function OpenAlerts({ alerts }: { alerts: readonly AlertView[] }) {
  return (
    <ul class="alerts" aria-label="Open alerts">
      {alerts.map(({ label, advertiser, said, since, path }) => (
        <li class="notice" data-tone="bad">
          <p>
            <strong>
              {label}
              {advertiser === null ? "" : `: ${advertiser}`}
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
