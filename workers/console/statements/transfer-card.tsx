/** What is to be paid as credit transfers: what the file would have, what to look at before, and what cannot be in it. */
import type { Result } from "../../core/result.ts";
import type { Look } from "../shell/page.ts";
import { Named } from "../shell/parts/named.tsx";
import { Card, Notice } from "../shell/parts/section.tsx";
import { Table, type TableColumn } from "../shell/parts/table.tsx";
import { Money } from "../shell/parts/values.tsx";
import type { Problem } from "../web/problem.ts";
import type { TransferPlan } from "./credit-transfers.ts";

export function TransferCard({ look, plan }: { look: Look; plan: Result<TransferPlan, Problem> }) {
  return (
    <>
      <Card title="Credit transfers">
        {plan.ok ? (
          <Orders look={look} plan={plan.value} />
        ) : (
          <Notice tone="warn">
            <p>{plan.refusal.detail}</p>
            <p>
              <a href="/issuer">Set the account that is paid from</a>
            </p>
          </Notice>
        )}
      </Card>
      {plan.ok && plan.value.left_out.length > 0 ? (
        <Card title="Not in the file of credit transfers" flush>
          <Table
            label="Not in the file of credit transfers"
            columns={LEFT_OUT_COLUMNS}
            rows={plan.value.left_out}
            empty={null}
          />
        </Card>
      ) : null}
    </>
  );
}

function Orders({ look, plan }: { look: Look; plan: TransferPlan }) {
  const { batches, payments, left_out } = plan;
  const warned = warningsOf(payments);
  if (payments.length === 0) return <p>None of these can be a credit transfer.</p>;
  return (
    <>
      <p>
        An ISO 20022 file (pain.001) that your bank carries out, one payment for each statement. Every account in it is
        a look in the audit log.
      </p>
      <ul>
        {batches.map(({ scheme, currency, payments: count, amount }) => (
          <li>
            <Money amount={amount} currency={currency} /> in {count} {count === 1 ? "payment" : "payments"},{" "}
            {scheme === "SEPA" ? "SEPA credit transfers" : "other credit transfers, charges shared"}
          </li>
        ))}
      </ul>
      {warned.length === 0 ? null : (
        <Notice tone="warn">
          <p>Look at these before you pay:</p>
          <ul>
            {warned.map(({ affiliate, name, statements, warning }) => (
              <li>
                <a href={`/affiliates/${encodeURIComponent(affiliate)}`}>
                  <bdi>{name}</bdi>
                </a>
                , {statements.join(", ")}: {warning}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <form method="get" action="/api/statements/credit-transfers" class="inline">
        <input type="hidden" name="left_out" value="pass_over" />
        {["currency", "due_by"].map((name) => {
          const asked = look.url.searchParams.get(name);
          return asked ? <input type="hidden" name={name} value={asked} /> : null;
        })}
        <label>
          <span>Pay on</span>
          <input type="date" name="execute_on" required value={new Date(look.nowMs).toISOString().slice(0, 10)} />
        </label>
        <button type="submit" class="primary">
          File of {payments.length} {payments.length === 1 ? "credit transfer" : "credit transfers"}
        </button>
      </form>
      {left_out.length === 0 ? null : (
        <p class="help">
          {left_out.length === 1 ? "One statement is" : `${left_out.length} statements are`} not in it, see below.
        </p>
      )}
    </>
  );
}

/** Of each affiliate once, with its statements. */
function warningsOf(payments: TransferPlan["payments"]) {
  const warned = payments.filter(({ warning }) => warning !== null);
  return [...Map.groupBy(warned, ({ affiliate }) => affiliate).values()].flatMap(([first, ...others]) =>
    first ? [{ ...first, statements: [first, ...others].map(({ statement }) => statement) }] : [],
  );
}

type LeftOutStatement = TransferPlan["left_out"][number];

const LEFT_OUT_COLUMNS: TableColumn<LeftOutStatement>[] = [
  { name: "Statement", cell: ({ statement }) => <a href={`/statements/${statement}`}>{statement}</a> },
  {
    name: "To",
    cell: ({ affiliate }) => (
      <Named of="affiliate" slug={affiliate} href={`/affiliates/${encodeURIComponent(affiliate)}`} />
    ),
  },
  { name: "Due", number: true, cell: ({ due, currency }) => <Money amount={due} currency={currency} /> },
  { name: "Why", cell: ({ message }) => <span class="words">{message}</span> },
];
