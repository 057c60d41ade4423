/** The search as a page: what is found, and a field to look for something else. */
import { accept } from "../../core/result.ts";
import { EVERYONE } from "../../core/roles.ts";
import type { Page } from "../shell/page.ts";
import { Card, Head } from "../shell/parts/section.tsx";
import { Empty } from "../shell/parts/table.tsx";
import { readQuery } from "../web/input.ts";
import type { SearchHit } from "./found.ts";
import { search, searchQuery } from "./search.ts";

export const searchPage: Page = {
  path: "/search",
  roles: EVERYONE,
  async show({ env, user, url }) {
    const text = url.searchParams.get("q") ?? "";
    const query = readQuery(searchQuery, new URLSearchParams({ q: text }));
    const found = query.ok ? await search(env, user.caller, query.value.q) : null;
    return accept({ title: "Search", body: <SearchBody text={text} found={found} /> });
  },
};

function SearchBody({ text, found }: { text: string; found: SearchHit[] | null }) {
  return (
    <>
      <Head title="Search" />
      <Card>
        <form action="/search" class="search-form">
          <label for="q">Order, click ID, receipt, name or slug</label>
          <input
            id="q"
            name="q"
            type="search"
            value={text}
            maxlength={256}
            autocomplete="off"
            spellcheck={false}
            data-focus
          />
          <button type="submit">Search</button>
        </form>
      </Card>
      {found === null ? null : (
        <Card title="Found" flush>
          {found.length === 0 ? (
            <Empty>
              <p>
                Nothing is called <bdi>{text}</bdi>. Orders, click IDs and receipts are found by their whole name; links
                and coupons by its beginning.
              </p>
            </Empty>
          ) : (
            <ul class="found">
              {found.map(({ kind, id, name, path }) => (
                <li>
                  <a href={path}>
                    <bdi>{name}</bdi>
                    <span class="found-kind">{kind}</span>
                    {id === name ? null : <code class="id">{id}</code>}
                  </a>
                </li>
              ))}
            </ul>
          )}
        </Card>
      )}
    </>
  );
}
