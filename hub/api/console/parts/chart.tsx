// One chart kit: bars that start at zero, labelled where they stand, the number beside them; drawn as SVG or plain boxes, no canvas.
import type { ComponentChildren } from 'preact';

/// A chart answers the question in its title.
export function Chart({ title, note, children }: { title: string; note?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="chart">
      <header>
        <h2>{title}</h2>
        {note && <span class="soft small">{note}</span>}
      </header>
      {children}
    </section>
  );
}

export interface Bar {
  key: string;
  label: ComponentChildren;
  value: number;
  text: string;
  more?: string;
  tone?: 'accent' | 'late' | 'done' | 'soft';
  part?: number;
  after?: ComponentChildren;
}
/// `whole` is what a full bar means; without it the longest bar is full.
export function Bars({ bars, choose, whole }: { bars: Bar[]; choose?: (key: string) => void; whole?: number }) {
  const most = whole ?? Math.max(1, ...bars.map(b => b.value));
  return (
    <ul class="bars">
      {bars.map(b => (
        <li key={b.key} title={b.more}>
          <span class="bars-label cut">
            {choose ? (
              <button type="button" class="link" onClick={() => choose(b.key)}>
                {b.label}
              </button>
            ) : (
              b.label
            )}
          </span>
          <span class="bars-track">
            <i class={'bars-bar ' + (b.tone ?? 'accent')} style={{ width: `${(100 * b.value) / most}%` }}>
              {b.part !== undefined && b.value > 0 && <i class="bars-part" style={{ width: `${(100 * b.part) / b.value}%` }} />}
            </i>
          </span>
          <span class="bars-text number">{b.text}</span>
          {b.after !== undefined && <span class="bars-after soft small">{b.after}</span>}
        </li>
      ))}
    </ul>
  );
}

/// Several figures at once, each with its name.
export function Figures({ of }: { of: { name: string; value: ComponentChildren; more?: string; tone?: string }[] }) {
  return (
    <dl class="figures">
      {of.map(f => (
        <div key={f.name}>
          <dt>{f.name}</dt>
          <dd class={f.tone ?? ''}>{f.value}</dd>
          {f.more && <dd class="small soft">{f.more}</dd>}
        </div>
      ))}
    </dl>
  );
}

/// A share of a whole.
export function Share({ of, label }: { of: number; label: string }) {
  return (
    <span class="share" title={label}>
      <svg viewBox="0 0 36 36" width="36" height="36" aria-hidden="true">
        <circle cx="18" cy="18" r="15" fill="none" stroke="var(--press)" stroke-width="4" />
        <circle
          cx="18"
          cy="18"
          r="15"
          fill="none"
          stroke="var(--accent)"
          stroke-width="4"
          stroke-dasharray={`${(94.25 * Math.min(100, of)) / 100} 94.25`}
          transform="rotate(-90 18 18)"
        />
      </svg>
    </span>
  );
}
