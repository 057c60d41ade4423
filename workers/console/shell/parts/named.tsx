/** What is set up, as people know it: its name with its slug beside it. The names of a whole page are read at once. */
import { type Child, createContext, type PropsWithChildren, useContext } from "hono/jsx";
import type { Subject } from "../../../core/subjects.ts";
import { Clipped, Nothing } from "./values.tsx";

/** Slugs by what they are of. */
export type SlugsOnPage = Readonly<Record<Subject, readonly string[]>>;
/** Names by slug: of those that the viewer may be told. Of a link, which has none, its offer's. */
export type NamesOnPage = Readonly<Record<Subject, ReadonlyMap<string, string>>>;

type Ask = (of: Subject, slug: string) => Promise<string | undefined>;

const Asking = createContext<Ask | null>(null);

/** Lets what stands within say names; `read` is called once for all of them. */
export function WithNames({
  read,
  children,
}: PropsWithChildren<{ read: (slugs: SlugsOnPage) => Promise<NamesOnPage> }>) {
  return <Asking.Provider value={askedTogether(read)}>{children}</Asking.Provider>;
}

interface NamedProps {
  of: Subject;
  slug: string | null | undefined;
  /** Where it is. */
  href?: string | undefined;
}

/** The name, with the slug beside it; the slug alone where the viewer is told no name, and of a link first. */
export function Named({ of, slug, href }: NamedProps): Child | Promise<Child> {
  if (slug === null || slug === undefined || slug === "") return <Nothing />;
  // Asked for before anything is waited for: so all of a page are asked for together.
  const asked = useContext(Asking)?.(of, slug);
  if (asked === undefined) return drawn(of, slug, undefined, href);
  return asked.then((name) => drawn(of, slug, name, href));
}

function drawn(of: Subject, slug: string, name: string | undefined, href: string | undefined) {
  const [first, second] = of === "link" ? [slug, name] : [name ?? slug, name === undefined ? undefined : slug];
  const main = <Clipped text={first} />;
  return (
    <span class="named">
      {href === undefined ? main : <a href={href}>{main}</a>}
      {second === undefined || second === first ? null : (
        <>
          {" "}
          <span class="slug">
            <Clipped text={second} />
          </span>
        </>
      )}
    </span>
  );
}

/** Several values of a group, such as those of a line of a chart. */
export function NamedGroup({ values }: { values: readonly { name: string; value: string | null }[] }) {
  return (
    <>
      {values.map(({ name, value }, index) => (
        <>
          {index === 0 ? null : " · "}
          {value === null ? "none" : isNamed(name) ? <Named of={name} slug={value} /> : value}
        </>
      ))}
    </>
  );
}

/** Whether a dimension or column of this name holds slugs of what has names. */
export function isNamed(name: string): name is Subject {
  return name === "advertiser" || name === "offer" || name === "affiliate" || name === "link";
}

/** Reads in one call all that is asked for in one go, and nothing twice. */
function askedTogether(read: (slugs: SlugsOnPage) => Promise<NamesOnPage>): Ask {
  const known = new Map<string, Promise<string | undefined>>();
  let wanted: Record<Subject, string[]> | null = null;
  let reading: Promise<NamesOnPage> | null = null;
  return (of, slug) => {
    const key = `${of} ${slug}`;
    const there = known.get(key);
    if (there !== undefined) return there;
    if (wanted === null || reading === null) {
      const together: Record<Subject, string[]> = { advertiser: [], offer: [], affiliate: [], link: [] };
      wanted = together;
      reading = Promise.resolve().then(() => {
        wanted = null;
        return read(together);
      });
    }
    wanted[of].push(slug);
    const name = reading.then((names) => names[of].get(slug));
    known.set(key, name);
    return name;
  };
}
