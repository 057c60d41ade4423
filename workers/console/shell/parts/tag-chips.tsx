/** Tags as chips, each of which leads to the list of what has it. */

export function TagChips({ tags, path }: { tags: readonly string[] | undefined; path: string }) {
  if (tags === undefined || tags.length === 0) return null;
  return (
    <span class="tags">
      {tags.map((tag) => (
        <a class="tag" href={`${path}?tags=${encodeURIComponent(tag)}`}>
          {tag}
        </a>
      ))}
    </span>
  );
}
