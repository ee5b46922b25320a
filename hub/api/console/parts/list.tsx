// One list for all pages: only the rows near the window exist, j and k move through it, and rows that are new wait at the edge while
// somebody reads further down.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { words } from '../words';
import { Icon } from './icons';
import { useKeys } from './keys';

export interface Row<T> {
  key: string;
  of: T | null;
  heading?: ComponentChildren;
}

interface Given<T> {
  rows: Row<T>[];
  height: number;
  heading_height?: number;
  chosen: string;
  label: string;
  draw: (of: T, key: string) => ComponentChildren;
  href: (of: T) => string;
  choose: (of: T, opened: boolean) => void;
  near_end?: (() => void) | undefined;
}

const overscan_px = 600;
const redraw_px = 120;
/// Further down than this, somebody reads: nothing may move.
const reading_px = 24;

/// Rows that appeared since the list was last shown at rest, held back while `reading`.
function useHeld<T>(rows: Row<T>[], reading: boolean) {
  const known = useRef<Set<string> | null>(null);
  const last = useRef<{ rows: Row<T>[]; shown: Row<T>[] } | null>(null);
  // Scrolling asks many times for the same rows.
  if (!last.current || last.current.rows !== rows || !reading || known.current === null) {
    const at_rest = !reading || known.current === null;
    if (at_rest && last.current?.rows !== rows) known.current = new Set(rows.map(r => r.key));
    known.current ??= new Set(rows.map(r => r.key));
    const known_end = rows.findLastIndex(o => o.of && known.current?.has(o.key));
    const shown = at_rest ? rows : rows.filter((r, i) => known.current?.has(r.key) || i > known_end);
    if (!at_rest) for (const r of shown) known.current.add(r.key);
    last.current = { rows, shown };
  }
  const shown = last.current.shown;
  return {
    shown,
    held: rows.length - shown.length,
    release: () => {
      known.current = null;
    },
  };
}

/// The first of the rising `tops` that is not before `from`.
function first_from(tops: number[], from: number) {
  let low = 0,
    high = tops.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tops[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function List<T>(given: Given<T>) {
  const box = useRef<HTMLDivElement>(null);
  const [top, set_top] = useState(0);
  const [tall, set_tall] = useState(900);
  const { shown, held, release } = useHeld(given.rows, top > reading_px);
  const heading = given.heading_height ?? 32;

  const { tops, total } = useMemo(() => {
    const made: number[] = [];
    let sum = 0;
    for (const row of shown) {
      made.push(sum);
      sum += row.of === null ? heading : given.height;
    }
    return { tops: made, total: sum };
  }, [shown, heading, given.height]);
  const first = first_from(tops, top - overscan_px - given.height);
  const beyond = first_from(tops, top + tall + overscan_px);
  useLayoutEffect(() => {
    const at = box.current;
    if (!at) return;
    const watch = new ResizeObserver(() => set_tall(at.clientHeight));
    watch.observe(at);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    if (total - top - tall < 600) given.near_end?.();
  }, [total, top, tall]);

  const reveal = (i: number) => {
    const at = box.current,
      from = tops[i];
    if (!at || from === undefined) return;
    if (from < at.scrollTop + heading) at.scrollTop = Math.max(0, from - heading);
    else if (from + given.height > at.scrollTop + at.clientHeight) at.scrollTop = from + given.height - at.clientHeight;
  };
  // An address that names a row shows it in its list.
  useLayoutEffect(() => {
    const at = shown.findIndex(r => r.key === given.chosen);
    if (at >= 0) reveal(at);
  }, []);
  const step = (by: number) => {
    const items = shown.map((r, i) => ({ r, i })).filter(x => x.r.of !== null);
    const at = items.findIndex(x => x.r.key === given.chosen);
    const to = items[at < 0 ? 0 : Math.min(items.length - 1, Math.max(0, at + by))];
    if (!to || to.r.of === null) return;
    given.choose(to.r.of, false);
    reveal(to.i);
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Enter: () => {
      const row = shown.find(r => r.key === given.chosen);
      if (row?.of) given.choose(row.of, true);
    },
  });

  return (
    <div class="list-box">
      {held > 0 && (
        <button
          type="button"
          class="pill list-fresh"
          onClick={() => {
            release();
            if (box.current) box.current.scrollTop = 0;
            set_top(0);
          }}
        >
          <Icon name="up" size={14} />
          {words.value.fresh(held)}
        </button>
      )}
      <div class="list-scroll" ref={box} onScroll={e => {
          const now = e.currentTarget.scrollTop;
          // What is drawn reaches further than a step of this.
          if (Math.abs(now - top) >= redraw_px || now > reading_px !== top > reading_px) set_top(now);
        }}>
        <ul class="list" aria-label={given.label} style={{ height: `${total}px` }}>
          {shown.slice(first, beyond).map((row, i) => {
            const from = tops[first + i] ?? 0;
            const place: JSX.CSSProperties = {
              // Not moved by a transform: what opens in a row is placed by the window on a phone.
              top: `${from}px`,
              height: `${row.of === null ? heading : given.height}px`,
            };
            if (row.of === null)
              return (
                <li key={row.key} class="list-heading" style={place}>
                  {row.heading}
                </li>
              );
            const of = row.of;
            return (
              <li key={row.key} class="list-row" style={place}>
                <a
                  href={given.href(of)}
                  aria-current={row.key === given.chosen ? 'true' : undefined}
                  onClick={e => {
                    if (!e.ctrlKey && !e.metaKey && !e.shiftKey) {
                      e.preventDefault();
                      given.choose(of, true);
                    }
                  }}
                >
                  {given.draw(of, row.key)}
                </a>
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}

/// A table for what is compared across columns. On a phone its cells stand below one another.
export interface Column<T> {
  title: string;
  of: (row: T) => ComponentChildren;
  number?: boolean;
  wide?: boolean;
  /// Says nothing without its title, which stands beside it on a phone.
  named?: boolean;
}
export function Table<T>(given: {
  rows: T[];
  columns: Column<T>[];
  key_of: (row: T) => string | number;
  choose?: (row: T) => void;
  chosen?: string | number;
  label: string;
  picked?: Set<number>;
  pick?: (row: T, on: boolean) => void;
}) {
  const { rows, columns, key_of, choose, picked, pick } = given;
  return (
    <table class="table" aria-label={given.label}>
      <thead>
        <tr>
          {pick && (
            <th class="pick">
              <span class="unseen">{words.value.selected(picked?.size ?? 0)}</span>
            </th>
          )}
          {columns.map(c => (
            <th key={c.title} scope="col" class={c.number ? 'number' : ''}>
              {c.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <tr
            key={key_of(row)}
            class={choose ? 'chooses' : ''}
            aria-current={given.chosen === key_of(row) ? 'true' : undefined}
            onClick={() => choose?.(row)}
          >
            {pick && (
              <td class="pick" onClick={e => e.stopPropagation()}>
                <label>
                  <input
                    type="checkbox"
                    aria-label={String(key_of(row))}
                    checked={picked?.has(Number(key_of(row))) ?? false}
                    onChange={e => pick(row, e.currentTarget.checked)}
                  />
                </label>
              </td>
            )}
            {columns.map((c, i) => (
              <td
                key={c.title}
                class={(c.number ? 'number ' : '') + (c.wide ? 'wide ' : '') + (c.named ? 'named' : '')}
                data-title={c.title}
              >
                {i === 0 && choose ? (
                  <button
                    type="button"
                    class="cell"
                    onClick={e => {
                      e.stopPropagation();
                      choose(row);
                    }}
                  >
                    {c.of(row)}
                  </button>
                ) : (
                  c.of(row)
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/// At the end of a page of rows, where there are more.
export function More({ show }: { show: () => void }) {
  return (
    <button type="button" class="button quiet more" onClick={show}>
      {words.value.more}
    </button>
  );
}
