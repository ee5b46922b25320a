// Empty, loading, failed, forbidden: designed once. `Loaded` chooses among them for a query.
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { words } from '../words';
import type { Problem } from './api';
import { Icon, type IconName } from './icons';
import type { Query } from './query';

const skeleton_after_ms = 150;

export function Empty({
  icon,
  title,
  more,
  children,
}: {
  icon: IconName;
  title: string;
  more?: string;
  children?: ComponentChildren;
}) {
  return (
    <div class="state">
      <Icon name={icon} size={28} />
      <h2>{title}</h2>
      {more && <p>{more}</p>}
      {children}
    </div>
  );
}

export function Skeleton({ rows = 6 }: { rows?: number }) {
  const [shown, show] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => show(true), skeleton_after_ms);
    return () => clearTimeout(timer);
  }, []);
  if (!shown) return null;
  return (
    <div class="bones" role="status" aria-label={words.value.loading}>
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} class="bone" style={{ width: `${90 - ((i * 37) % 45)}%` }} />
      ))}
    </div>
  );
}

export function Failure({ problem, again }: { problem: Problem; again?: () => void }) {
  const w = words.value;
  if (problem.status === 404)
    return (
      <Empty
        icon="question"
        title={w.not_available}
        more={/^not found$/i.test(problem.message) ? w.not_available_more : problem.message}
      />
    );
  if (problem.status === 403) return <Empty icon="key" title={w.forbidden} more={w.forbidden_more} />;
  const why = problem.status >= 500 ? w.failed_there : problem.status ? problem.message : w.offline;
  return (
    <Empty icon="alert" title={w.failed} more={why}>
      {again && (
        <button type="button" class="button" onClick={again}>
          {w.again}
        </button>
      )}
    </Empty>
  );
}

export function Loaded<T>({ of, children, rows }: { of: Query<T>; rows?: number; children: (data: T) => ComponentChildren }) {
  const data = of.data.value;
  if (data !== null) return <>{children(data)}</>;
  if (of.problem.value) return <Failure problem={of.problem.value} again={() => void of.refresh()} />;
  return <Skeleton rows={rows ?? 6} />;
}

interface Toast {
  id: number;
  text: string;
  action?: { text: string; run: () => void };
}
const toasts = signal<Toast[]>([]);
let made = 0;
export function say(text: string, action?: Toast['action']) {
  const id = ++made;
  toasts.value = [...toasts.value.slice(-2), action ? { id, text, action } : { id, text }];
  setTimeout(
    () => {
      toasts.value = toasts.value.filter(t => t.id !== id);
    },
    action ? 8000 : 4000,
  );
}
export const say_problem = (e: unknown) => say(`${words.value.failed_do}: ${e instanceof Error ? e.message : String(e)}`);

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(t => (
        <div class="toast" key={t.id}>
          <span>{t.text}</span>
          {t.action && (
            <button
              type="button"
              class="link"
              onClick={() => {
                t.action?.run();
                toasts.value = toasts.value.filter(o => o.id !== t.id);
              }}
            >
              {t.action.text}
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
