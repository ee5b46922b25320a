// The address says where one is: "#/inbox/42?owner=me". Also understands the Mini CRM's old places (#overview, #leads, #lead-42).
import { computed, signal } from '@preact/signals';

export interface Place {
  path: string[];
  query: URLSearchParams;
}

const old_places: [RegExp, string][] = [
  [/^#overview$/, '#/crm'],
  [/^#leads$/, '#/crm/leads'],
  [/^#lead-(\d+)$/, '#/crm/lead/$1'],
];

function read(): Place {
  let hash = location.hash;
  for (const [old, now] of old_places) if (old.test(hash)) history.replaceState(null, '', (hash = hash.replace(old, now)));
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  return { path: path.split('/').filter(Boolean), query: new URLSearchParams(query) };
}

export const place = signal<Place>(read());
export const page = computed(() => place.value.path[0] ?? 'inbox');
export const id_at = (n: number) => {
  const id = Number(place.value.path[n]);
  return Number.isInteger(id) && id > 0 ? id : 0;
};

addEventListener('hashchange', () => {
  place.value = read();
});
addEventListener('popstate', () => {
  place.value = read();
});

const href_of = (path: string, query?: Record<string, string>) => {
  const text = new URLSearchParams(Object.entries(query ?? {}).filter(([, v]) => v)).toString();
  return '#/' + path + (text ? '?' + text : '');
};

export function go(path: string, query?: Record<string, string>, instead = false) {
  const to = href_of(path, query);
  if (to === location.hash) return;
  if (instead) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  place.value = read();
}

/// Changes one part of the query and keeps the rest.
export function turn(name: string, value: string, instead = true) {
  const query = Object.fromEntries(place.value.query);
  query[name] = value;
  go(place.value.path.join('/'), query, instead);
}
export const asked = (name: string) => place.value.query.get(name) ?? '';
/// The same page with its filters, and another row chosen.
export const go_keeping = (path: string, instead = false) => go(path, Object.fromEntries(place.value.query), instead);
