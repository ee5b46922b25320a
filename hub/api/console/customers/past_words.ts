// What the server says of something in a customer's history, in the words of the screen; a person's own text stays as it is.
import { words } from '../words';
import type { Schemas } from '../parts/api';
import { money, reason_words, stage_name } from '../parts/text';

export function past_words(of: Schemas['event_page']['events'][number]): string {
  const w = words.value;
  const { text } = of;
  if (of.kind === 'message') return text || w.no_text;
  if (of.kind === 'stage') return `${w.stage}: ${stage_name(text)}`;
  if (of.kind === 'activity') return text.replaceAll('_', ' ');
  if (of.kind === 'call') {
    const direction = w.call_directions[of.direction === 'incoming' ? 'inbound' : 'outbound'];
    return `${direction}, ${w.call_status[text] ?? text}`;
  }
  if (of.kind === 'owner') {
    const [, name = '', why = ''] = /^(.*) \((.*)\)$/s.exec(text) ?? [];
    const said = why.startsWith('rule ') ? `${w.rule} «${why.slice(5)}»` : reason_words(why);
    return `${w.owner}: ${name || w.nobody}` + (said ? `, ${said}` : '');
  }
  if (of.kind === 'action') {
    const [, kind = '', outcome = '', note = ''] = /^(\w+)(?:, (\w+))?(?:: (.*))?$/s.exec(text) ?? [];
    const done = (w.action_types[kind] ?? kind) + (outcome ? `, ${w.outcomes[outcome] ?? outcome}` : '');
    return [done, note].filter(Boolean).join(': ');
  }
  const [, value, currency] = /^([\d.]+) ([A-Z]{3})$/.exec(text) ?? [];
  return of.kind === 'conversion' && value ? `${w.converted}: ${money(Number(value), currency)}` : text || of.kind;
}
