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
  /// Rows of a list that somebody wants to see, and whatever they are called.
  wanted: number;
  rows: string;
}

const entries = new Map<string, Entry<unknown>>();
const most_kept = 80;
export const offline = signal(false);

interface Pages {
  rows: unknown[];
  next: string | null;
}
/// Follows `next` until `count` more rows are there: one page in most cases.
async function follow(path: string, of: string, from: string | null, count: number, background: boolean): Promise<Pages> {
  let rows: unknown[] = [],
    next = from;
  do {
    const more: string = next ? '&before=' + encodeURIComponent(next) : '';
    const ask = path + (path.includes('?') ? '&' : '?') + 'limit=' + Math.min(200, count - rows.length) + more;
    const page = await get<Record<string, unknown>>(ask, { background });
    const part = page[of] as unknown[];
    rows = rows.concat(part);
    next = part.length ? (page['next'] as string | null) : null;
  } while (next && rows.length < count);
  return { rows, next };
}

/// So many rows of a list are read anew when something changes. What somebody scrolled to beyond them stands as it was, but for rows
/// that have moved up: what changes goes to the top of its list.
const most_reread = 600;
const key_of = (row: unknown) => {
  const { kind, id } = row as { kind?: string; id: number | string };
  return `${kind ?? ''} ${id}`;
};
function joined(head: Pages, before: Pages): Pages {
  const known = new Set(head.rows.map(key_of));
  return { rows: [...head.rows, ...before.rows.slice(most_reread).filter(r => !known.has(key_of(r)))], next: before.next };
}

function entry_of<T>(key: string, path: string, rows: string): Entry<T> {
  const known = entries.get(key);
  if (known) return known as Entry<T>;
  const made: Entry<unknown> = {
    path,
    users: 0,
    stale: true,
    text: '',
    under_way: null,
    used: Date.now(),
    wanted: 0,
    rows,
    data: signal(null),
    problem: signal(null),
    loading: signal(false),
    refresh(background = false) {
      made.under_way ??= (async () => {
        made.loading.value = true;
        try {
          const data = rows
            ? await follow(path, rows, null, Math.min(made.wanted, most_reread), background)
            : await get(path, { background });
          const text = JSON.stringify(data);
          if (text !== made.text) {
            made.text = text;
            made.data.value = rows ? as_page(made, data as Pages) : data;
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

const rows_in = (entry: Entry<unknown>): Pages | null => {
  const now = entry.data.value as Record<string, unknown> | null;
  return now && { rows: now[entry.rows] as unknown[], next: now['next'] as string | null };
};
function as_page(entry: Entry<unknown>, head: Pages) {
  const before = rows_in(entry);
  const all = before && entry.wanted > most_reread && before.rows.length > head.rows.length ? joined(head, before) : head;
  return { [entry.rows]: all.rows, next: all.next };
}

/// Reads on where a list ends, until `count` rows are there.
async function grow(entry: Entry<unknown>, count: number) {
  if (count <= entry.wanted) return;
  entry.wanted = count;
  await entry.under_way;
  const now = rows_in(entry);
  if (!now) return entry.refresh();
  if (!now.next || now.rows.length >= count || entry.under_way) return;
  entry.under_way = follow(entry.path, entry.rows, now.next, count - now.rows.length, false)
    .then(more => {
      entry.data.value = { [entry.rows]: [...now.rows, ...more.rows], next: more.next };
    })
    .catch(() => {
      entry.wanted = now.rows.length; // asked for again when somebody scrolls on
    })
    .finally(() => {
      entry.under_way = null;
    });
  await entry.under_way;
}

const nothing: Query<never> = { data: signal(null), problem: signal(null), loading: signal(false), refresh: async () => {} };

export function useQuery<T>(path: string | null, rows?: { of: string; count: number }): Query<T> {
  const key = path === null ? null : rows ? `${path}#` : path;
  const entry = useMemo(() => (path === null ? null : entry_of<T>(key!, path, rows?.of ?? '')), [key]);
  useEffect(() => {
    if (!entry) return;
    // Whoever comes back begins at the top again.
    if (!entry.users++) entry.wanted = rows?.count ?? 0;
    if (entry.stale || Date.now() - entry.used > 3000) void entry.refresh();
    return () => {
      --entry.users;
      entry.used = Date.now();
    };
  }, [entry]);
  useEffect(() => {
    if (entry && rows) void grow(entry as Entry<unknown>, rows.count);
  }, [entry, rows?.count]);
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
