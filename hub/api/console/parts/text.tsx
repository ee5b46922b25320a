// Times, money, names and sizes, as the person's language and time zone write them.
import { signal } from '@preact/signals';
import { region, words } from '../words';
import type { Lead, Person, Schemas } from './api';
import { me } from './session';

/// Every minute, so that "2 min" stays true; nothing else moves by it.
export const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 15_000);

const formats = new Map<string, Intl.DateTimeFormat>();
function format(options: Intl.DateTimeFormatOptions, at: Date) {
  const key = JSON.stringify([region.value, me.value?.zone, options]);
  let made = formats.get(key);
  if (!made) {
    try {
      made = new Intl.DateTimeFormat(region.value, { ...options, ...(me.value?.zone ? { timeZone: me.value.zone } : {}) });
    } catch {
      made = new Intl.DateTimeFormat(region.value, options);
    }
    formats.set(key, made);
  }
  return made.format(at);
}
export const clock = (iso: string) => format({ hour: '2-digit', minute: '2-digit' }, new Date(iso));
export const exact = (iso: string) => format({ dateStyle: 'medium', timeStyle: 'short' }, new Date(iso));
export const long_day = (iso: string) => format({ dateStyle: 'medium' }, new Date(iso));
export const short_day = (iso: string) => format({ day: 'numeric', month: 'short' }, new Date(iso));
export const day_key = (iso: string) => format({ year: 'numeric', month: '2-digit', day: '2-digit' }, new Date(iso));

export function day(iso: string) {
  const w = words.value;
  if (day_key(iso) === day_key(new Date(now.value).toISOString())) return w.today;
  if (day_key(iso) === day_key(new Date(now.value - 86_400_000).toISOString())) return w.yesterday;
  return format({ weekday: 'long', day: 'numeric', month: 'long' }, new Date(iso));
}

/// "Eastern European Time" of Europe/Kyiv.
export function zone_name(zone: string) {
  const parts = new Intl.DateTimeFormat(region.value, { timeZone: zone, timeZoneName: 'longGeneric' }).formatToParts(new Date());
  return parts.find(p => p.type === 'timeZoneName')?.value ?? zone;
}

/// "2 min", "3 h", "4 d" of a length of time.
export function length(ms: number) {
  const w = words.value;
  const s = Math.max(0, ms) / 1000;
  if (s < 60) return w.seconds(Math.floor(s));
  if (s < 5400) return w.minutes(Math.round(s / 60));
  if (s < 129_600) return w.hours(Math.round(s / 3600));
  return w.days(Math.round(s / 86_400));
}
export function age(iso: string) {
  const ms = now.value - Date.parse(iso);
  return ms < 60_000 ? words.value.now : length(ms);
}
export const talked = (seconds: number) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

export function Ago({ at, class: classes }: { at: string; class?: string }) {
  return (
    <time class={classes} dateTime={at} title={exact(at)}>
      {age(at)}
    </time>
  );
}
export function At({ at, class: classes }: { at: string; class?: string }) {
  return (
    <time class={classes} dateTime={at} title={exact(at)}>
      {clock(at)}
    </time>
  );
}

/// "uk-UA" as people say it.
export function language_name(tag: string) {
  try {
    return new Intl.DisplayNames([region.value], { type: 'language' }).of(tag.split('-')[0] ?? tag) ?? tag;
  } catch {
    return tag;
  }
}

export function money(value: number | null | undefined, currency: string | null | undefined) {
  if (value === null || value === undefined) return '';
  try {
    return new Intl.NumberFormat(region.value, {
      style: 'currency',
      currency: currency || 'USD',
      currencyDisplay: 'narrowSymbol',
      maximumFractionDigits: value % 1 ? 2 : 0,
    }).format(value);
  } catch {
    return `${number(value)} ${currency ?? ''}`;
  }
}
export const number = (value: number) => new Intl.NumberFormat(region.value, { maximumFractionDigits: 1 }).format(value);
/// The API's shares are of a hundred.
export const percent = (value: number) => `${number(value)} %`;
export function bytes(size: number | null) {
  if (!size) return '';
  const w = words.value;
  if (size > 1_048_576) return `${number(size / 1_048_576)} ${w.megabytes}`;
  return `${Math.max(1, Math.round(size / 1024))} ${w.kilobytes}`;
}

export const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
export const channel_name = (channel: string) => words.value.channels[channel] ?? channel;
/// A team or pipeline of the rules file: `trade_in` there.
export const team_name = (name: string) => capital(name.replaceAll('_', ' '));
export const stage_name = (stage: string) => words.value.stages[stage] ?? stage;
/// Reasons come from the rules in their own words; the usual ones are translated.
/// What the hub or a person gave as the reason; "released: " and "assigned: " stand before a person's words.
export const reason_words = (reason: string) => {
  const said = reason.replace(/^(released|assigned): /, '');
  return words.value.reasons[said] ?? said;
};

export function customer_name(of: Schemas['customer_brief'], channel = '') {
  // "Viber customer 7", "Caller 7", "Customer 7" of whom no name is known, or may be.
  const [invented, by = '', what] = /^(?:(.+) )?(customer|caller) \d+$/i.exec(of.name) ?? [];
  if (of.known || !invented) return of.name;
  if (what === 'Caller') return words.value.caller(of.id);
  return words.value.stranger(channel ? channel_name(channel) : by, of.id);
}
export const lead_name = (lead: Lead) => customer_name(lead.customer, lead.channel);

const initials = (name: string) => {
  const parts = name.split(/\s+/).filter(p => /^[\p{L}\p{N}]/u.test(p));
  return ((parts[0]?.[0] ?? '') + (parts.length > 1 ? (parts[parts.length - 1]?.[0] ?? '') : '')).toUpperCase() || '·';
};
export function Face({ name, channel, small }: { name: string; channel?: string; small?: boolean }) {
  return (
    <span class={small ? 'face small' : 'face'} aria-hidden="true">
      {initials(name)}
      {channel && <i class={'channel ' + channel} />}
    </span>
  );
}
export function Channel({ name }: { name: string }) {
  return (
    <span class="line soft" title={channel_name(name)}>
      <i class={'channel ' + name} />
      {channel_name(name)}
    </span>
  );
}
export const person_name = (of: Person | null) => (!of ? words.value.nobody : of.id === me.value?.id ? words.value.you : of.name);

/// How long is left to answer, and how pressing it is.
export function sla(lead: Lead): { text: string; tone: 'late' | 'soon' | 'soft'; title: string } | null {
  if (lead.stage === 'sold' || lead.stage === 'lost') return null;
  const due = lead.first_response_at ? null : lead.first_response_due_at;
  if (due) {
    const left = Date.parse(due) - now.value;
    const title = `${words.value.due} ${exact(due)}`;
    if (left < 0) return { text: '−' + length(-left), tone: 'late', title };
    return { text: words.value.left(length(left)), tone: left < 5 * 60_000 ? 'soon' : 'soft', title };
  }
  if (!lead.unanswered_since) return null;
  const waits = now.value - Date.parse(lead.unanswered_since);
  return {
    text: length(waits),
    tone: waits > 3_600_000 ? 'late' : waits > 900_000 ? 'soon' : 'soft',
    title: `${words.value.waiting}: ${exact(lead.unanswered_since)}`,
  };
}
export function Sla({ lead }: { lead: Lead }) {
  const left = sla(lead);
  if (!left) return null;
  return (
    <span class={'tag ' + (left.tone === 'soft' ? '' : left.tone)} title={left.title}>
      {left.text}
    </span>
  );
}
