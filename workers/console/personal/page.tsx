/** Personal data: what is held of whom a click ID or an order is, and the button that erases it. */
import { accept } from "../../core/result.ts";
import { holders } from "../../core/rights.ts";
import { logDeed } from "../audit/deeds.ts";
import { seeOther } from "../shell/browser-answers.ts";
import { askedFor } from "../shell/list-query.ts";
import type { Look, Page, PageView } from "../shell/page.ts";
import { Card, Head, Notice } from "../shell/parts/section.tsx";
import { Table } from "../shell/parts/table.tsx";
import { readQuery } from "../web/input.ts";
import type { Problem } from "../web/problem.ts";
import { erasePerson } from "./erasing.ts";
import { type HeldPlace, type PersonView, personalData, personQuery } from "./personal-data.ts";

export const personalPage: Page = {
  path: "/personal",
  roles: holders("personal"),
  async show(look) {
    const { env, url, user, nowMs } = look;
    const asked = askedFor(url);
    if (asked.size === 0) return accept(viewOf(look, null, null));
    const query = readQuery(personQuery, asked);
    if (!query.ok) return accept(viewOf(look, null, query.refusal));
    const deed = { action: "view personal data", kind: "person", subject: "one", after: null } as const;
    await logDeed(env, { by: user.caller, atMs: nowMs }, deed);
    const found = await personalData(env, query.value);
    return accept(found.ok ? viewOf(look, found.value, null) : viewOf(look, null, found.refusal));
  },
  async act(sent) {
    const { env, url, user, nowMs } = sent;
    const query = readQuery(personQuery, askedFor(url));
    if (!query.ok) return accept(viewOf(sent, null, query.refusal));
    const done = await erasePerson(env, query.value, { by: user.caller, atMs: nowMs });
    return done.ok ? accept(seeOther("/personal?done=erased")) : accept(viewOf(sent, null, done.refusal));
  },
};

function viewOf({ url }: Look, person: PersonView | null, problem: Problem | null): PageView {
  const value = (name: string) => url.searchParams.get(name) ?? "";
  const body = (
    <>
      {value("done") === "erased" ? (
        <Notice tone="good">
          The erasure is queued. The books are erased within seconds, the archive within minutes.
        </Notice>
      ) : null}
      <Head title="Personal data">
        What is held of a person, by a click ID or by an order. Erasing it changes no sum, and what comes again is still
        known as a repeat.
      </Head>
      <Card title="Whose">
        <form method="get" class="inline">
          <label>
            <span>Click ID</span>
            <input name="click_id" class="id" value={value("click_id")} autocomplete="off" spellcheck={false} />
          </label>
          <label>
            <span>or order</span>
            <input name="txid" value={value("txid")} autocomplete="off" spellcheck={false} />
          </label>
          <label>
            <span>of advertiser</span>
            <input name="advertiser" value={value("advertiser")} autocomplete="off" spellcheck={false} />
          </label>
          <button type="submit" class="primary">
            Look it up
          </button>
        </form>
        {problem === null ? null : <p class="fault">{problem.detail}</p>}
      </Card>
      {person === null ? null : <Person person={person} />}
    </>
  );
  return { title: "Personal data", body };
}

function Person({ person: { erased, held, more_claims: hasMore } }: { person: PersonView }) {
  return (
    <Card title="What is held" flush>
      {erased ? (
        <Notice tone="info">
          This name is erased. What is said of it below came later, and is erased within minutes.
        </Notice>
      ) : null}
      {hasMore ? (
        <Notice tone="info">
          More claims name this person than are listed. Anybody can make claims; erasing takes all of them.
        </Notice>
      ) : null}
      <Table
        label="What is held"
        columns={[
          { name: "Where", cell: ({ store }: HeldPlace) => store },
          { name: "Which", cell: ({ key }) => <bdi class="break">{key}</bdi> },
          {
            name: "What",
            // Nothing is cut: who is to erase it has to see all of it.
            cell: ({ values }) => (
              <bdi class="break">
                {Object.entries(values)
                  .map((pair) => pair.join(": "))
                  .join("; ")}
              </bdi>
            ),
          },
        ]}
        rows={held}
        empty={<p>Nothing is held.</p>}
      />
      {held.length === 0 ? null : (
        <form method="post" class="form" data-confirm="Erase this person everywhere? It cannot be undone.">
          <div class="form-actions">
            <button type="submit" class="danger">
              Erase all of it
            </button>
          </div>
        </form>
      )}
    </Card>
  );
}
