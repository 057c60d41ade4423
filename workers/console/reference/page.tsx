/** The API, for people: every call with what it takes and answers, made from the same document that programs read. */
import { accept } from "../../core/result.ts";
import { EVERYONE, type Role } from "../../core/roles.ts";
import type { Page } from "../shell/page.ts";
import { Card, Head } from "../shell/parts/section.tsx";
import { Table } from "../shell/parts/table.tsx";
import { Copyable } from "../shell/parts/values.tsx";
import type { Call } from "../web/call.ts";
import { type ApiCall, apiCallsByTag } from "./document.ts";
import { schemaText } from "./schema-text.ts";

/** Lists that have nothing of theirs, whatever there is. */
const NOTHING_THERE: Partial<Record<Role, RegExp>> = {
  affiliate: /^\/api\/(?:advertisers|sources|trackers)\b/,
  advertiser: /^\/api\/(?:affiliates|sources|trackers)\b/,
};

export function apiPage(calls: readonly Call[]): Page {
  return {
    path: "/api",
    roles: EVERYONE,
    // To each the calls that it may make.
    async show({ env, url, user }) {
      const { role } = user.caller;
      const own = calls.filter(({ path, roles }) => roles.includes(role) && NOTHING_THERE[role]?.test(path) !== true);
      const groups = [...apiCallsByTag(env, own, url.origin)];
      return accept({ title: "API", body: <Reference groups={groups} origin={url.origin} /> });
    },
  };
}

function Reference({ groups, origin }: { groups: readonly [tag: string, calls: ApiCall[]][]; origin: string }) {
  return (
    <>
      <Head
        title="API"
        actions={
          <a class="button" href="/api/openapi.json">
            OpenAPI document
          </a>
        }
      >
        Everything that these pages do, programs can do too: JSON, a token as <code>Authorization: Bearer</code>,
        problems as RFC 9457.
      </Head>
      <Card title="A first call">
        <Copyable
          id="first-call"
          label="A first call"
          text={`curl -H "authorization: Bearer $TOKEN" ${origin}/api/offers`}
        />
        <p class="help">
          Lists come in pages: <code>limit</code> says how many, and <code>cursor</code> takes what the page before said
          as <code>next</code>. A request may be sent again; nothing is created twice under one slug.
        </p>
      </Card>
      <nav class="choices" aria-label="Calls">
        {groups.map(([tag]) => (
          <a href={`#${tag}`}>{tag}</a>
        ))}
      </nav>
      {groups.map(([tag, group]) => (
        <Card title={tag} id={tag}>
          {group.map((call) => (
            <CallDetails call={call} />
          ))}
        </Card>
      ))}
    </>
  );
}

function CallDetails({ call }: { call: ApiCall }) {
  const { method, path, summary, description, parameters } = call;
  const body = Object.entries(call.requestBody?.content ?? {});
  const [status, answer] = Object.entries(call.responses).find(([code]) => code.startsWith("2")) ?? [];
  return (
    <details class="call">
      <summary>
        <code class="method" data-method={method}>
          {method}
        </code>{" "}
        <code class="break">{path}</code> <span class="summary">{summary}</span>
      </summary>
      <div class="call-more">
        <p class="help">{description}</p>
        {parameters.length === 0 ? null : (
          <Table
            label={`Parameters of ${method} ${path}`}
            columns={[
              { name: "Parameter", cell: ({ name }: ApiCall["parameters"][number]) => <code>{name}</code> },
              { name: "In", cell: (parameter) => parameter.in },
              { name: "", cell: ({ required }) => (required ? "required" : "") },
              { name: "Type", cell: ({ schema }) => <code class="break">{schemaText(schema)}</code> },
            ]}
            rows={parameters}
            empty={null}
          />
        )}
        {body.map(([type, { schema }]) => (
          <>
            <h3>Takes {type}</h3>
            <pre>{schemaText(schema)}</pre>
          </>
        ))}
        <h3>Answers {status}</h3>
        {Object.entries(answer?.content ?? {}).map(([type, { schema }]) => (
          <pre>{type === "application/json" ? schemaText(schema) : type}</pre>
        ))}
      </div>
    </details>
  );
}
