// A line of the audit as people say it: what was done, to what, and the particulars. What has no words yet is shown as it was
// written.
import type { ComponentChildren } from 'preact';
import { words } from '../words';
import type { Schemas } from '../parts/api';
import { stage_name } from '../parts/text';

type Entry = Schemas['audit'];
export type Names = Map<number, string>;
const plain = (text: string) => text.replaceAll('_', ' ');

export const action_words = (action: string) => words.value.audit.actions[action] ?? plain(action);

/// The page that shows a thing of this kind.
const pages: Record<string, string> = { lead: 'inbox', customer: 'customers', vehicle: 'vehicles', call: 'calls' };

/// What somebody did to their own account needs no name twice.
export function Subject({ of, people }: { of: Entry; people: Names }) {
  const [kind = '', id = ''] = of.subject.split(/:(.*)/);
  if (kind === 'staff' && Number(id) === of.by?.id) return null;
  const name = words.value.audit.kinds[kind] ?? plain(kind);
  if (kind === 'staff') return <span>{people.get(Number(id)) ?? `${name} №${id}`}</span>;
  if (!/^\d+$/.test(id)) return <span title={id}>{id ? `${name} ${id.slice(0, 12)}` : name}</span>;
  const text = `${name} №${id}`;
  return pages[kind] ? (
    <a class="link" href={`#/${pages[kind]}/${id}${kind === 'lead' ? '?tab=team' : ''}`}>
      {text}
    </a>
  ) : (
    <span>{text}</span>
  );
}

/// "lead:42" of what somebody looks for: "Lead 42", "лід №42", or as it is.
export function subject_asked(text: string) {
  const [, word = '', id = ''] = /^(\D*?)[\s:№#]*(\d+)$/.exec(text.trim()) ?? [];
  const said = word.toLowerCase();
  const kind = said && Object.entries(words.value.audit.kinds).find(([k, name]) => k === said || name.toLowerCase() === said);
  return kind ? `${kind[0]}:${id}` : text;
}

function value_words(value: unknown): string {
  if (typeof value === 'boolean') return value ? words.value.yes : words.value.no;
  if (Array.isArray(value)) return value.map(value_words).join(', ');
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return words.value.audit.values[text] ?? words.value.channels[text] ?? text;
}

export function details_words(of: Entry, people: Names): ComponentChildren {
  let told: Record<string, unknown>;
  try {
    told = JSON.parse(of.details) as Record<string, unknown>;
  } catch {
    return of.details;
  }
  const said = words.value.audit.details;
  const { from, to, ...rest } = told;
  const first =
    of.action === 'lead_stage'
      ? [`${stage_name(String(from))} → ${stage_name(String(to))}`]
      : of.action === 'lead_assign'
        ? [`→ ${people.get(Number(to)) ?? `№${String(to)}`}`]
        : Object.entries({ from, to }).flatMap(([k, v]) => (v === undefined ? [] : [`${said[k]} №${String(v)}`]));
  return [...first, ...Object.entries(rest).map(([k, v]) => `${said[k] ?? plain(k)} ${value_words(v)}`)].join(' · ');
}
