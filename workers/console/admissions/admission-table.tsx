/** Admissions as operators see them: who asked for what and why, with a form that admits or refuses each. */
import { may } from "../../core/rights.ts";
import { Named } from "../shell/parts/named.tsx";
import { Card } from "../shell/parts/section.tsx";
import { Table, type TableColumn } from "../shell/parts/table.tsx";
import { Clipped, Nothing, Status, Time } from "../shell/parts/values.tsx";
import type { Caller } from "../web/caller.ts";
import type { AdmissionView } from "./fields.ts";

const MOST_REASON_LENGTH = 1_000;

interface TableProps {
  admissions: readonly AdmissionView[];
  caller: Caller;
  /** The page that a decision leads back to. */
  back: string;
  /** What the page itself is about. */
  without?: "offer" | "affiliate";
}

export function AdmissionTable({ admissions, caller, back, without }: TableProps) {
  const columns: (TableColumn<AdmissionView> & { is?: string })[] = [
    {
      name: "Affiliate",
      is: "affiliate",
      cell: ({ affiliate }) => (
        <Named of="affiliate" slug={affiliate} href={`/affiliates/${encodeURIComponent(affiliate)}`} />
      ),
    },
    {
      name: "Offer",
      is: "offer",
      cell: ({ offer }) => <Named of="offer" slug={offer} href={`/offers/${encodeURIComponent(offer)}`} />,
    },
    { name: "State", cell: ({ state }) => <Status status={state} /> },
    { name: "Applied", cell: ({ applied_at: at }) => <Time at={at} /> },
    { name: "Says", cell: ({ note }) => (note === null ? <Nothing /> : <bdi class="words">{note}</bdi>) },
    { name: "Reason", cell: ({ reason }) => <Clipped text={reason} /> },
    ...(may(caller, "set_up")
      ? [
          {
            name: "Decide",
            cell: (row: AdmissionView) => (
              <form method="post" action="/applications" class="inline">
                <input type="hidden" name="offer" value={row.offer} />
                <input type="hidden" name="affiliate" value={row.affiliate} />
                <input type="hidden" name="back" value={back} />
                <ReasonAndButtons state={row.state} of={`${row.affiliate} at ${row.offer}`} />
              </form>
            ),
          },
        ]
      : []),
  ];
  return (
    <Table
      label="Admissions"
      columns={columns.filter(({ is }) => is === undefined || is !== without)}
      rows={admissions}
      empty={
        <p>
          {without === "affiliate"
            ? "It has applied for no offer, and was admitted to or refused by none."
            : "Nobody has applied, and nobody was admitted or refused."}
        </p>
      }
    />
  );
}

/** A form for who never applied. */
export function AdmitForm({ back, offer, affiliate }: { back: string; offer?: string; affiliate?: string }) {
  return (
    <form method="post" action="/applications" class="inline">
      <input type="hidden" name="back" value={back} />
      <Slug name="offer" label="Offer" given={offer} />
      <Slug name="affiliate" label="Affiliate" given={affiliate} />
      <ReasonAndButtons state="applied" of="whom you name" />
    </form>
  );
}

/** The table of what a page is about, and the form below it. */
export function AdmissionCard(props: TableProps & { offer?: string; affiliate?: string }) {
  const { offer, affiliate, ...table } = props;
  return (
    <Card title={affiliate === undefined ? "Who may promote it" : "What it may promote"} flush>
      <AdmissionTable {...table} />
      {may(props.caller, "set_up") ? (
        <AdmitForm
          back={props.back}
          {...(offer === undefined ? {} : { offer })}
          {...(affiliate === undefined ? {} : { affiliate })}
        />
      ) : null}
    </Card>
  );
}

function Slug({ name, label, given }: { name: string; label: string; given: string | undefined }) {
  if (given !== undefined) return <input type="hidden" name={name} value={given} />;
  return (
    <label>
      <span>{label}</span>
      <input name={name} required autocomplete="off" spellcheck={false} placeholder="slug" />
    </label>
  );
}

/** What it is already is not asked for again. */
function ReasonAndButtons({ state, of }: { state: AdmissionView["state"]; of: string }) {
  return (
    <>
      <label>
        <span>Reason, for the affiliate</span>
        <input name="reason" autocomplete="off" maxlength={MOST_REASON_LENGTH} />
      </label>
      {state === "admitted" ? null : (
        <button type="submit" name="state" value="admitted" aria-label={`Admit ${of}`}>
          Admit
        </button>
      )}
      {state === "refused" ? null : (
        <button type="submit" name="state" value="refused" class="quiet" aria-label={`Refuse ${of}`}>
          Refuse
        </button>
      )}
    </>
  );
}
