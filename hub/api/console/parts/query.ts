// What was read from the API, kept by path. Whoever uses a path sees it refreshed while they look; what was seen before is there at
// once when they come back. An answer that says the same changes nothing on the screen.
import { signal, type Signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { get, Problem } from './api';

export interface Query<T> {
  data: Signal<T | null>;
  problem: Signal<Problem | null>;
  loading: Signal<boolean>;
  refresh(background?: boolean): Promise<void>;
}

interface Entry<T> extends Query<T> {
  path: string;
  users: number;
  stale: boolean;
  text: string;
  under_way: Promise<void> | null;
  used: number;
}

const entries = new Map<string, Entry<unknown>>();
const most_kept = 80;
export const offline = signal(false);

type Read = (path: string, background: boolean) => Promise<unknown>;
const plain: Read = (path, background) => get(path, { background });

/// Follows `next` until `count` rows are there: one page in most cases.
export const paged =
  (rows: string, count: number): Read =>
  async (path, background) => {
    let all: unknown[] = [],
      next: string | null = null;
    do {
      const more: string = next ? '&before=' + encodeURIComponent(next) : '';
      const ask = path + (path.includes('?') ? '&' : '?') + 'limit=' + Math.min(200, count - all.length) + more;
      const page = await get<Record<string, unknown>>(ask, { background });
      const part = page[rows] as unknown[];
      all = all.concat(part);
      next = part.length ? (page['next'] as string | null) : null;
    } while (next && all.length < count);
    return { [rows]: all, next };
  };

function entry_of<T>(key: string, path: string, read: Read): Entry<T> {
  const known = entries.get(key);
  if (known) return known as Entry<T>;
  const made: Entry<unknown> = {
    path,
    users: 0,
    stale: true,
    text: '',
    under_way: null,
    used: Date.now(),
    data: signal(null),
    problem: signal(null),
    loading: signal(false),
    refresh(background = false) {
      made.under_way ??= (async () => {
        made.loading.value = true;
        try {
          const data = await read(path, background);
          const text = JSON.stringify(data);
          if (text !== made.text) {
            made.text = text;
            made.data.value = data;
          }
          made.stale = false;
          made.problem.value = null;
          offline.value = false;
        } catch (e) {
          const problem = e instanceof Problem ? e : new Problem(0, String(e));
          made.problem.value = problem;
          if (problem.status === 0) offline.value = true;
        } finally {
          made.loading.value = false;
          made.under_way = null;
        }
      })();
      return made.under_way;
    },
  };
  entries.set(key, made);
  if (entries.size > most_kept) {
    const unused = [...entries].filter(([, e]) => !e.users && e !== made).sort((a, b) => a[1].used - b[1].used);
    for (const [old] of unused.slice(0, entries.size - most_kept)) entries.delete(old);
  }
  return made as Entry<T>;
}

const nothing: Query<never> = { data: signal(null), problem: signal(null), loading: signal(false), refresh: async () => {} };

export function useQuery<T>(path: string | null, rows?: { of: string; count: number }): Query<T> {
  const key = path === null ? null : rows ? `${path}#${rows.count}` : path;
  const entry = useMemo(() => (path === null ? null : entry_of<T>(key!, path, rows ? paged(rows.of, rows.count) : plain)), [key]);
  useEffect(() => {
    if (!entry) return;
    ++entry.users;
    if (entry.stale || Date.now() - entry.used > 3000) void entry.refresh();
    return () => {
      --entry.users;
      entry.used = Date.now();
    };
  }, [entry]);
  return entry ?? (nothing as unknown as Query<T>);
}

/// Reads again what is looked at; what is not is read when somebody looks.
export function refresh(prefix = '', background = false) {
  const waiting: Promise<void>[] = [];
  for (const entry of entries.values()) {
    if (!entry.path.startsWith(prefix)) continue;
    entry.stale = true;
    // What the server does not offer is not asked for every few seconds; one row may become visible again.
    const status = entry.problem.value?.status ?? 0;
    const never = status === 403 || (status === 404 && !/\/\d/.test(entry.path));
    if (entry.users && !(background && never)) waiting.push(entry.refresh(background));
  }
  return Promise.all(waiting);
}

export function put<T>(path: string, change: (before: T) => T) {
  for (const entry of entries.values()) {
    if (entry.path !== path || entry.data.value === null) continue;
    entry.data.value = change(entry.data.value as T);
    entry.text = JSON.stringify(entry.data.value);
  }
}

export function forget_all() {
  entries.clear();
}
