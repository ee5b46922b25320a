// What people do with a lead, from wherever they see it: claim, assign, give back, move on, lose, convert.
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { words } from '../words';
import { type Lead, type Person, post, type Schemas } from './api';
import { Form, Popover } from './form';
import { Icon } from './icons';
import { Pick } from './pick';
import { refresh, useQuery } from './query';
import { me, may } from './session';
import { Loaded, say, say_problem } from './states';
import { Face, lead_name, person_name, reason_words, stage_name } from './text';

export const after_change = () => refresh('/leads').then(() => refresh('/reports'));

export async function claim(lead: Lead) {
  try {
    await post<Lead>(`/leads/${lead.id}/claim`);
    say(words.value.claimed);
  } catch (e) {
    say_problem(e);
  }
  await after_change();
}

export async function move(lead: Lead, stage: string, reason = '', note = '') {
  await post<Lead>(`/leads/${lead.id}/stage`, {
    stage,
    version: lead.version,
    ...(reason ? { reason } : {}),
    ...(note ? { note } : {}),
  });
  await after_change();
}

/// The stage that follows on the usual way; losing is not on it.
export const forward = (lead: Lead) => {
  const order = Object.keys(words.value.stages);
  return lead.next_stages.find(s => s !== 'lost' && order.indexOf(s) > order.indexOf(lead.stage));
};
export const is_open = (lead: Lead) => lead.stage !== 'sold' && lead.stage !== 'lost';
export const is_mine = (lead: Lead) => lead.owner?.id === me.value?.id || may('supervisor');

/// What is asked before a lead closes; null: nothing is asked.
export const closing = signal<{ lead: Lead; stage: 'sold' | 'lost' } | null>(null);

export function go_to_stage(lead: Lead, stage: string) {
  if (stage === 'lost' || stage === 'sold') closing.value = { lead, stage };
  else void move(lead, stage).then(() => say(`${lead_name(lead)}: ${stage_name(stage)}`), say_problem);
}

export function Closing() {
  const of = closing.value;
  return of && <ClosingForm key={of.lead.id + of.stage} lead={of.lead} stage={of.stage} />;
}
function ClosingForm({ lead, stage }: { lead: Lead; stage: 'sold' | 'lost' }) {
  const w = words.value;
  const pipelines = useQuery<Schemas['pipeline'][]>('/pipelines');
  const close = () => {
    closing.value = null;
  };
  if (!pipelines.data.value && !pipelines.problem.value) return null;
  const pipeline = pipelines.data.value?.find(p => p.name === lead.pipeline);
  const reasons = (stage === 'lost' ? pipeline?.lost_reasons : pipeline?.sold_reasons) ?? [];
  return (
    <div
      class="sheet-back"
      onClick={e => {
        if (e.target === e.currentTarget) close();
      }}
    >
      <div class="sheet" role="dialog" aria-modal="true" aria-label={stage === 'lost' ? w.lose_why : w.sold_why}>
        <h2>{stage === 'lost' ? w.lose_why : w.sold_why}</h2>
        <p class="soft small">{lead_name(lead)}</p>
        <Form
          danger={stage === 'lost'}
          verb={stage === 'lost' ? w.lose : w.convert}
          cancel={close}
          done={close}
          fields={[
            reasons.length
              ? {
                  name: 'reason',
                  label: w.reason,
                  type: 'chips',
                  options: reasons.map(r => [r, reason_words(r)]),
                  value: stage === 'sold' ? '' : reasons[0]!,
                }
              : { name: 'reason', label: w.lose_reason_own, required: stage === 'lost', most: 200 },
            ...(stage === 'sold'
              ? [
                  {
                    name: 'conversion_value',
                    label: w.value,
                    type: 'number' as const,
                    step: '0.01',
                    min: '0',
                    value: lead.estimated_value ? String(lead.estimated_value) : '',
                    half: true,
                  },
                  { name: 'currency', label: w.currency, value: lead.currency, most: 3, half: true },
                ]
              : []),
            { name: 'note', label: w.note, type: 'textarea', most: 2000 },
          ]}
          send={async v => {
            if (stage === 'lost')
              await post(`/leads/${lead.id}/lost`, { reason: v['reason'], note: v['note'] || undefined, version: lead.version });
            else if (v['conversion_value'])
              await post(`/leads/${lead.id}/convert`, {
                conversion_type: 'manual_mark',
                conversion_value: Number(v['conversion_value']),
                currency: v['currency'] || undefined,
                reason: v['reason'] || undefined,
                notes: v['note'] || undefined,
                version: lead.version,
              });
            else
              await post(`/leads/${lead.id}/stage`, {
                stage,
                reason: v['reason'] || undefined,
                note: v['note'] || undefined,
                version: lead.version,
              });
            say(`${lead_name(lead)}: ${stage_name(stage)}`);
            await after_change();
          }}
        />
      </div>
    </div>
  );
}

export function PeoplePicker({ chosen, pick }: { chosen: number | undefined; pick: (p: Person) => void }) {
  const w = words.value;
  const staff = useQuery<Schemas['staff'][]>('/staff');
  const [q, type] = useState('');
  return (
    <Loaded of={staff} rows={3}>
      {people => (
        <Pick label={w.assign_to} q={q} type={type}>
          {people
            .filter(
              p =>
                p.active && (p.role === 'manager' || p.role === 'supervisor') && p.name.toLowerCase().includes(q.toLowerCase()),
            )
            .map(p => (
              <button type="button" key={p.id} onClick={() => pick(p)}>
                <Face name={p.name} small />
                <span class="cut">{person_name(p)}</span>
                <span class="after">{p.id === chosen ? <Icon name="check" size={14} /> : p.open_leads}</span>
              </button>
            ))}
        </Pick>
      )}
    </Loaded>
  );
}

export function Assign({ lead, open, set }: { lead: Lead; open: boolean; set: (to: boolean) => void }) {
  const w = words.value;
  const [to, choose] = useState<Person | null>(null);
  return (
    <Popover
      label={w.assign}
      align="right"
      open={open}
      set={v => {
        set(v);
        choose(null);
      }}
      button={
        <>
          <Icon name="user" size={14} />
          <span class="wide-only">{w.assign}</span>
        </>
      }
    >
      {close =>
        to ? (
          <Form
            cancel={close}
            done={close}
            verb={w.assign}
            fields={[{ name: 'reason', label: `${to.name} · ${w.reason}`, required: true, most: 500 }]}
            send={async v => {
              await post(`/leads/${lead.id}/assign`, { staff_id: to.id, reason: v['reason'], version: lead.version });
              say(`${lead_name(lead)} → ${to.name}`);
              await after_change();
            }}
          />
        ) : (
          <PeoplePicker chosen={lead.owner?.id} pick={choose} />
        )
      }
    </Popover>
  );
}
