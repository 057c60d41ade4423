/** The delivery log: everything that was told to the destinations that one sees, newest first, while it goes out; and one delivery with each try. */
import { accept } from "../../core/result.ts";
import { EVERYONE } from "../../core/roles.ts";
import { isOfFields, readFilters, withDays } from "../shell/list-query.ts";
import type { Look, Page } from "../shell/page.ts";
import { Filters } from "../shell/parts/filters.tsx";
import { Card, Head, LiveButton } from "../shell/parts/section.tsx";
import { NoRows, Pager, Rows, WrongFilter } from "../shell/parts/table.tsx";
import { Details, Id, Status, TestMark, Time } from "../shell/parts/values.tsx";
import { zoneOf } from "../shell/zone.ts";
import { shapeOf, shownColumns } from "../views/list-shape.ts";
import { ListTable } from "../views/list-table.tsx";
import { ViewTabs } from "../views/view-tabs.tsx";
import { deliveryList, listDeliveries, readDelivery, type ShownTry } from "./deliveries.ts";
import { DELIVERY_FILTERS, DeliveryFilters, deliveryColumns, deliveryKey, ToldConversion } from "./delivery-table.tsx";
import { namedRelays, pathOfNamed } from "./relays.ts";
import { namedDestinations } from "./store.ts";

export const deliveryPages: Page[] = [
  { path: "/deliveries", roles: EVERYONE, show: showLog },
  { path: "/deliveries/:delivery", roles: EVERYONE, show: showDelivery },
];

async function showLog(look: Look) {
  const { env, user, url, request, nowMs } = look;
  const shape = await shapeOf(look, "deliveries");
  if (shape instanceof Response) return accept(shape);
  const query = readFilters(deliveryList, withDays(url, nowMs));
  const found = query.ok ? await listDeliveries(env, user.caller, query.value) : query;
  const isLive = url.searchParams.has("live");
  if (!found.ok && (isLive || !isOfFields(found.refusal, DELIVERY_FILTERS))) return found;
  const columns = deliveryColumns({ ofOne: false });
  const list = {
    rows: found.ok ? found.value.items : [],
    empty: (
      <NoRows url={url}>
        <p>
          Nothing was told yet. A <a href="/destinations">destination</a> hears of conversions within seconds.
        </p>
      </NoRows>
    ),
    rowKey: deliveryKey,
  };
  if (isLive) return accept({ part: <Rows columns={shownColumns(columns, shape.wanted)} {...list} /> });
  const named = [...(await namedDestinations(env, user.caller)), ...(await namedRelays(env, user.caller))];
  const isFirstPage = found.ok && !url.searchParams.has("cursor");
  return accept({
    title: "Deliveries",
    scripts: ["columns.js" as const, ...(isFirstPage ? ["live.js" as const] : [])],
    body: (
      <>
        <Head title="Deliveries" actions={isFirstPage ? <LiveButton rows="delivery-rows" /> : undefined}>
          What was told to destinations, and what came back.
        </Head>
        <ViewTabs shape={shape} user={user} />
        <Filters url={url} problem={found.ok ? null : found.refusal} timeZone={zoneOf(request)}>
          <DeliveryFilters url={url} destinations={named.map(({ slug }) => slug)} />
        </Filters>
        {found.ok ? (
          <ListTable shape={shape} label="Deliveries" columns={columns} {...list} bodyId="delivery-rows" />
        ) : (
          <WrongFilter />
        )}
        {found.ok ? <Pager url={url} next={found.value.next} older="Older" /> : null}
      </>
    ),
  });
}

async function showDelivery({ env, user, url, key }: Look) {
  const slug = url.searchParams.get("destination") ?? "";
  const found = await readDelivery(env, user.caller, slug, key);
  if (!found.ok) return found;
  const { tries, ...delivery } = found.value;
  return accept({
    title: `Delivery ${key}`,
    body: (
      <>
        <Head
          above={[slug, pathOfNamed(slug)]}
          title={
            <>
              Delivery <Id id={delivery.delivery_id} />
            </>
          }
          status={
            <>
              <Status status={delivery.status} /> {delivery.test ? <TestMark /> : null}
            </>
          }
        >
          {delivery.message ?? undefined}
        </Head>
        <Card title="What is told">
          <Details
            details={[
              ["Type", delivery.type],
              ["Conversion", <ToldConversion row={delivery} />],
              ["Why", delivery.origin],
              ["Made", <Time at={delivery.created_at} />],
              ["Tried next", delivery.next_at === null ? null : <Time at={delivery.next_at} />],
              ["Until", delivery.deadline_at === null ? null : <Time at={delivery.deadline_at} />],
              ["ID", <code class="break">{delivery.delivery_id}</code>, "long"],
            ]}
          />
        </Card>
        {tries.length === 0 ? (
          <Card title="Tries">
            <p>It was not tried yet.</p>
          </Card>
        ) : (
          [...tries].reverse().map((one) => <Try one={one} />)
        )}
      </>
    ),
  });
}

function Try({ one: { number, at, ms, outcome, reason, http, request, answer, version } }: { one: ShownTry }) {
  return (
    <Card title={`Try ${number}`} actions={<Status status={outcome} />}>
      <Details
        details={[
          ["At", <Time at={at} />],
          ["Took", `${ms} ms`],
          ["HTTP", http],
          ["Reason", reason],
          ["Set-up", `version ${version}`],
          [
            "Sent",
            request === null ? "erased" : <code class="break">{`${request.method} ${request.url}`}</code>,
            "long",
          ],
          [
            "Headers",
            request && request.headers.length > 0 ? (
              <code class="break">{request.headers.map(({ name, value }) => `${name}: ${value}`).join("\n")}</code>
            ) : null,
            "long",
          ],
          ["Body", request?.body ? <code class="break">{request.body}</code> : null, "long"],
          ["Came back", answer === null || answer === "" ? null : <code class="break">{answer}</code>, "long"],
        ]}
      />
    </Card>
  );
}
