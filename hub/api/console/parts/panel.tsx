// The side panel's parts: sections that say how much they hold, facts in two columns.
import type { ComponentChildren } from 'preact';

export function Section({
  title,
  count,
  add,
  first,
  children,
}: {
  title: string;
  count?: number;
  add?: ComponentChildren;
  first?: boolean;
  children?: ComponentChildren;
}) {
  return (
    <section class={'section' + (first ? ' first' : '')}>
      <header class="line spread">
        <h2>
          {title}
          {count ? <span class="count"> {count}</span> : null}
        </h2>
        {add}
      </header>
      {children}
    </section>
  );
}
export const Facts = ({ children }: { children: ComponentChildren }) => <dl class="facts">{children}</dl>;
export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
