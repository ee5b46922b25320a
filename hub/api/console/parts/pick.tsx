// A menu to find something in: what is typed on top, what was found below.
import type { ComponentChildren } from 'preact';

export function Pick({ label, q, type, children }: { label: string; q: string; type: (q: string) => void; children: ComponentChildren }) {
  return (
    <div class="menu">
      <input class="input" placeholder={label} aria-label={label} value={q} onInput={e => type(e.currentTarget.value)} />
      {children}
    </div>
  );
}
