// What WhatsApp takes when its answer window has closed: a text that it has approved, with what goes into its gaps. Sent as it
// stands below, as the customer reads it.
import { useState } from 'preact/hooks';
import { words } from '../words';
import { type Lead, post, Problem, type Schemas } from '../parts/api';
import { Icon } from '../parts/icons';
import { after_change } from '../parts/lead_deeds';
import { useQuery } from '../parts/query';
import { Skeleton } from '../parts/states';

type Approved = Schemas['approved_template'];

const key_of = (t: Approved) => `${t.name}/${t.language}`;
const filled = (t: Approved, values: string[]) =>
  [t.header, t.text.replace(/{{\s*(\d+)\s*}}/g, (gap, n: string) => values[Number(n) - 1] || gap), t.footer].filter(Boolean).join('\n');

export function Templates({ lead }: { lead: Lead }) {
  const w = words.value;
  const known = useQuery<Schemas['template_list']>(`/templates?channel=whatsapp&lead=${lead.id}`);
  const [chosen, choose] = useState('');
  const [values, set_values] = useState<string[]>([]);
  const [busy, work] = useState(false);
  const [problem, refuse] = useState('');
  if (known.problem.value) return <p class="problem small">{known.problem.value.message}</p>;
  const list = known.data.value;
  if (!list) return <Skeleton rows={2} />;
  const one = list.templates.find(t => key_of(t) === chosen);
  const ready = one && Array.from({ length: one.gaps }, (_, n) => values[n]?.trim()).every(Boolean);
  const send = async () => {
    if (!one || !ready || busy) return;
    work(true);
    refuse('');
    try {
      await post(`/leads/${lead.id}/messages`, {
        channel: 'whatsapp',
        account: list.account,
        template: { name: one.name, language: one.language, values: values.slice(0, one.gaps).map(v => v.trim()) },
      });
      choose('');
      set_values([]);
      await after_change();
    } catch (e) {
      refuse(e instanceof Problem && e.status ? e.message : w.offline);
    }
    work(false);
  };
  return (
    <div class="reply-templates" data-templates>
      {list.problem && <p class="problem small">{w.templates_old(list.problem)}</p>}
      {!list.templates.length && !list.problem && <p class="soft small">{w.templates_none}</p>}
      {list.templates.length > 0 && (
        <select
          class="input"
          aria-label={w.templates}
          value={chosen}
          onChange={e => {
            choose(e.currentTarget.value);
            set_values([]);
          }}
        >
          <option value="">{w.templates_choose}</option>
          {list.templates.map(t => (
            <option key={key_of(t)} value={key_of(t)}>
              {t.name} ({t.language})
            </option>
          ))}
        </select>
      )}
      {one && (
        <>
          {Array.from({ length: one.gaps }, (_, n) => (
            <input
              key={n}
              class="input"
              aria-label={w.template_value(n + 1)}
              placeholder={w.template_value(n + 1)}
              maxLength={1024}
              value={values[n] ?? ''}
              onInput={e => {
                const next = [...values];
                next[n] = e.currentTarget.value;
                set_values(next);
              }}
            />
          ))}
          <p class="words small soft template-text">{filled(one, values)}</p>
        </>
      )}
      {problem && (
        <p class="problem small words" role="alert">
          {problem}
        </p>
      )}
      {one && (
        <button type="button" class="button primary small" disabled={busy || !ready} onClick={() => void send()}>
          <Icon name="send" size={14} />
          {w.send}
        </button>
      )}
    </div>
  );
}
