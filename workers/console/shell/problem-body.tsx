/** What a page says when it cannot show what was asked for. */

export function ProblemBody({ title, detail }: { title: string; detail: string }) {
  return (
    <section class="problem">
      <h1>{title}</h1>
      <p>{detail}</p>
      <p>
        <a href="/">Go to the overview</a>
      </p>
    </section>
  );
}
