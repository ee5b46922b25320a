// Keeps what is on the screen up to date: server-sent events where the hub offers them, else a look every few seconds. An event only
// says that something changed; what it was is read through the API, under the policy of whoever looks.
import { signal } from '@preact/signals';
import { offline, refresh } from './query';

export const live = signal<'off' | 'events' | 'polling'>('off');

const every_ms = 4000;
const settle_ms = 150;
const retry_ms = 60_000;

/// Who writes in which lead at this moment; gone a little after the last sign of it.
export const typing = signal<{ lead: number; person: number; until: number }[]>([]);
const typing_ms = 5000;
function typed(lead: number, person: number) {
  const others = typing.value.filter(t => t.lead !== lead || t.person !== person);
  typing.value = [...others, { lead, person, until: Date.now() + typing_ms }];
  setTimeout(() => {
    typing.value = typing.value.filter(t => t.until > Date.now());
  }, typing_ms + 50);
}

let source: EventSource | null = null;
let timer = 0;
let settling = 0;
let retry_at = 0;
let leads_windows = false;
const told_to_leave = new Set<() => void>();
export const on_signed_out = (told: () => void) => told_to_leave.add(told);

/// One stream for all windows of the browser: who holds the lock listens and tells the others.
const windows = 'BroadcastChannel' in window ? new BroadcastChannel('leadyard-live') : null;
windows?.addEventListener('message', e => {
  if (!timer || leads_windows) return;
  live.value = 'events';
  if (e.data === 'change') changed();
  else if (typeof e.data === 'object') typed(e.data.lead, e.data.person);
});

function changed() {
  if (settling) return;
  settling = window.setTimeout(() => {
    settling = 0;
    void refresh('', true);
  }, settle_ms);
}
function changed_everywhere() {
  windows?.postMessage('change');
  changed();
}

function listen() {
  source?.close();
  source = new EventSource('/api/v1/events');
  source.onopen = () => {
    live.value = 'events';
    windows?.postMessage('open');
    changed_everywhere();
  };
  source.addEventListener('change', e => {
    const { kind, lead, id } = JSON.parse(e.data as string) as { kind: string; lead: number | null; id: number | null };
    if (kind !== 'typing') return changed_everywhere();
    if (lead === null || id === null) return;
    windows?.postMessage({ lead, person: id });
    typed(lead, id);
  });
  source.addEventListener('reset', changed_everywhere);
  source.addEventListener('signed_out', () => {
    for (const told of told_to_leave) told();
  });
  source.onerror = () => {
    live.value = 'polling';
    // A connection that broke is taken up again by the browser; one that was refused is not.
    if (source?.readyState === EventSource.CLOSED) {
      source = null;
      retry_at = Date.now() + retry_ms;
    }
  };
}

function look() {
  if (document.hidden) return;
  if (leads_windows && !source && Date.now() > retry_at) listen();
  if (live.value !== 'events' || offline.value) void refresh('', true);
}

/// One window of the browser speaks for all of them.
export const speaks_for_all = () => leads_windows;

let free_lock: (() => void) | null = null;
function lead_windows() {
  leads_windows = true;
  listen();
}

export function start_live() {
  if (timer) return;
  live.value = 'polling';
  timer = window.setInterval(look, every_ms);
  // Without a secure context there are no locks: each window has its own stream.
  if (!navigator.locks || !windows) return lead_windows();
  void navigator.locks.request('leadyard-live', () => {
    if (!timer) return undefined;
    lead_windows();
    return new Promise<void>(done => {
      free_lock = done;
    });
  });
}

export function stop_live() {
  source?.close();
  source = null;
  leads_windows = false;
  free_lock?.();
  free_lock = null;
  window.clearInterval(timer);
  timer = 0;
  live.value = 'off';
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden && timer) void refresh('', true);
});
