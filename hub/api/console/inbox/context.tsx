// What is known besides the conversation: facts of the lead, why it is where it is, the customer, vehicles, tasks, notes, actions.
import { useState } from 'preact/hooks';
import { words } from '../words';
import { type LeadDetail, patch, post } from '../parts/api';
import { Form } from '../parts/form';
import { Icon } from '../parts/icons';
import { after_change, is_mine, is_open } from '../parts/lead_deeds';
import { Fact, Facts, Section } from '../parts/panel';
import { refresh, useQuery } from '../parts/query';
import { go } from '../parts/route';
import { may } from '../parts/session';
import { Loaded } from '../parts/states';
import {
  Ago,
  Channel,
  channel_name,
  exact,
  length,
  money,
  number,
  person_name,
  reason_words,
  short_day,
  stage_name,
  team_name,
} from '../parts/text';
import { TaskLine } from '../tasks/line';
import { CustomerOf } from './customer_of';
import { VehiclesOf } from './vehicles_of';
import { Why } from './why';

/// `close` leaves it where it stands over the conversation or in its place.
export function Context({ id, close }: { id: number; close: () => void }) {
  const w = words.value;
  const detail = useQuery<LeadDetail>(`/leads/${id}`);
  if (detail.problem.value?.status === 404) return null;
  return (
    <>
      <div class="context-top">
        <button type="button" class="button quiet icon" aria-label={w.back} onClick={close}>
          <Icon name="back" />
        </button>
        <h2>{w.context}</h2>
      </div>
      <Loaded of={detail}>{data => <Panel of={data} />}</Loaded>
    </>
  );
}

function Panel({ of }: { of: LeadDetail }) {
  const w = words.value;
  const { lead } = of;
  const [adding, add] = useState<'note' | 'action' | 'task' | 'facts' | null>(null);
  const edits = !lead.masked && may('manager', 'supervisor') && ((is_mine(lead) && lead.owner !== null) || may('supervisor'));
  const done = () => add(null);
  const reload = () => refresh(`/leads/${lead.id}`);
  const plus = (what: typeof adding, label: string) =>
    edits ? (
      <button
        type="button"
        class="button quiet icon small"
        aria-label={label}
        title={label}
        onClick={() => add(adding === what ? null : what)}
      >
        <Icon name="add" size={14} />
      </button>
    ) : undefined;
  return (
    <div class="panel">
      <Why of={of} />
      <Section
        title={w.lead}
        add={
          edits && is_open(lead) ? (
            <button type="button" class="button quiet small" onClick={() => add(adding === 'facts' ? null : 'facts')}>
              {w.edit}
            </button>
          ) : undefined
        }
      >
        {adding === 'facts' ? (
          <Form
            cancel={done}
            done={done}
            fields={[
              {
                name: 'intent',
                label: w.intent,
                type: 'select',
                options: Object.entries(w.intents),
                value: lead.intent,
                half: true,
              },
              {
                name: 'priority',
                label: w.priority,
                type: 'number',
                min: '0',
                value: String(lead.priority),
                required: true,
                half: true,
              },
              {
                name: 'estimated_value',
                label: w.value,
                type: 'number',
                step: '0.01',
                min: '0',
                value: lead.estimated_value === null ? '' : String(lead.estimated_value),
                half: true,
              },
              { name: 'currency', label: w.currency, value: lead.currency, most: 3, half: true },
              { name: 'tags', label: w.tags, value: lead.tags.join(', ') },
              { name: 'notes', label: w.summary, type: 'textarea', value: of.notes, most: 10000 },
            ]}
            send={async v => {
              await patch(`/leads/${lead.id}`, {
                version: lead.version,
                intent: v['intent'],
                priority: Number(v['priority']),
                notes: v['notes'],
                currency: v['currency'] || null,
                ...(v['estimated_value'] ? { estimated_value: Number(v['estimated_value']) } : {}),
                tags: (v['tags'] ?? '')
                  .split(',')
                  .map(t => t.trim())
                  .filter(Boolean),
              });
              await after_change();
            }}
          />
        ) : (
          <Facts>
            <Fact name={w.stage}>
              {stage_name(lead.stage)}
              {lead.close_reason ? ` · ${reason_words(lead.close_reason)}` : ''}
            </Fact>
            <Fact name={w.owner}>{lead.owner ? person_name(lead.owner) : w.nobody}</Fact>
            {lead.estimated_value !== null && (
              <Fact name={w.value}>
                <strong>{money(lead.estimated_value, lead.currency)}</strong>
              </Fact>
            )}
            <Fact name={w.priority}>{number(lead.priority)}</Fact>
            <Fact name={w.intent}>{w.intents[lead.intent] ?? lead.intent}</Fact>
            <Fact name={w.channel}>
              <Channel name={lead.channel} />
            </Fact>
            {lead.team && <Fact name={w.team}>{team_name(lead.team)}</Fact>}
            <Fact name={w.pipeline}>{team_name(lead.pipeline)}</Fact>
            {lead.origin && <Fact name={w.source}>{lead.origin.replaceAll('_', ' ')}</Fact>}
            <Fact name={w.created}>
              <time title={exact(lead.created_at)}>{short_day(lead.created_at)}</time>
            </Fact>
            {lead.first_response_at ? (
              <Fact name={w.answered_in}>{length(Date.parse(lead.first_response_at) - Date.parse(lead.created_at))}</Fact>
            ) : (
              lead.first_response_due_at && <Fact name={w.due}>{exact(lead.first_response_due_at)}</Fact>
            )}
            {lead.tags.length > 0 && (
              <Fact name={w.tags}>
                <span class="chips">
                  {lead.tags.map(t => (
                    <span class="tag" key={t}>
                      {t}
                    </span>
                  ))}
                </span>
              </Fact>
            )}
          </Facts>
        )}
        {of.notes && adding !== 'facts' && <p class="words small summary">{of.notes}</p>}
        {of.referral && (
          <p class="small soft words">
            {of.referral.headline || of.referral.source}
            {of.referral.text ? ` — ${of.referral.text}` : ''}
          </p>
        )}
      </Section>
      {!lead.masked && <CustomerOf id={lead.customer.id} edits={edits} />}
      <VehiclesOf of={of} edits={edits} />
      <Section title={w.tasks} count={of.tasks.filter(t => !t.completed).length} add={plus('task', w.add_task)}>
        {adding === 'task' && (
          <Form
            cancel={done}
            done={done}
            verb={w.add}
            fields={[
              { name: 'title', label: w.title, required: true, most: 200 },
              { name: 'kind', label: w.kind, type: 'select', options: Object.entries(w.kinds), value: 'follow_up', half: true },
              { name: 'due_date', label: w.due_date, type: 'date', half: true },
            ]}
            send={async v => {
              await post(`/leads/${lead.id}/tasks`, {
                title: v['title'],
                kind: v['kind'],
                ...(v['due_date'] ? { due_date: v['due_date'] } : {}),
              });
              await reload();
              void refresh('/tasks');
            }}
          />
        )}
        {of.tasks.map(t => (
          <TaskLine key={t.id} task={t} short />
        ))}
      </Section>
      <Section title={w.notes} count={of.remarks.length} add={plus('note', w.add_note)}>
        {adding === 'note' && (
          <Form
            cancel={done}
            done={done}
            verb={w.add}
            fields={[{ name: 'text', label: w.note, type: 'textarea', required: true, most: 10000, hint: w.note_hint }]}
            send={async v => {
              await post(`/leads/${lead.id}/notes`, { text: v['text'] });
              await reload();
            }}
          />
        )}
        {of.remarks.map(r => (
          <div class="remark" key={r.id}>
            <p class="words small">{r.text}</p>
            <p class="small faint">
              {person_name(r.by)} · <Ago at={r.at} />
            </p>
          </div>
        ))}
      </Section>
      <Section title={w.actions} count={of.actions.length} add={plus('action', w.add_action)}>
        {adding === 'action' && (
          <Form
            cancel={done}
            done={done}
            verb={w.add}
            fields={[
              {
                name: 'action_type',
                label: w.kind,
                type: 'select',
                options: Object.entries(w.action_types),
                value: 'call',
                half: true,
              },
              {
                name: 'outcome',
                label: w.outcome,
                type: 'select',
                options: [['', '—'], ...Object.entries(w.outcomes)],
                half: true,
              },
              { name: 'action_description', label: w.admin.what, most: 2000 },
              { name: 'follow_up_date', label: w.follow_up, type: 'date' },
            ]}
            send={async v => {
              await post(`/leads/${lead.id}/actions`, {
                action_type: v['action_type'],
                action_description: v['action_description'],
                ...(v['outcome'] ? { outcome: v['outcome'] } : {}),
                ...(v['follow_up_date'] ? { follow_up_date: v['follow_up_date'] } : {}),
              });
              await reload();
            }}
          />
        )}
        {of.actions.map(a => (
          <div class="remark" key={a.id}>
            <p class="small">
              {w.action_types[a.action_type]}
              {a.outcome ? `: ${w.outcomes[a.outcome]}` : ''}
              {a.action_description && ` — ${a.action_description}`}
            </p>
            <p class="small faint">
              {person_name(a.by)} · <Ago at={a.at} />
            </p>
          </div>
        ))}
      </Section>
      {of.activities.length > 0 && (
        <Section title={w.activities} count={of.activities.length}>
          {of.activities.map(a => (
            <div class="panel-row" key={a.id}>
              <Icon name="bag" />
              <span class="grow cut small">{a.activity.replaceAll('_', ' ')}</span>
              <span class="small strong">{money(a.value, a.currency)}</span>
              <Ago at={a.at} class="small faint" />
            </div>
          ))}
        </Section>
      )}
      {of.conversions.length > 0 && (
        <Section title={w.conversions}>
          {of.conversions.map(c => (
            <div class="panel-row" key={c.id}>
              <Icon name="check" />
              <span class="grow small">
                {w.conversion_types[c.conversion_type] ?? c.conversion_type}
                {c.order_id ? ` ${c.order_id}` : ''}
              </span>
              <span class="strong small">{money(c.conversion_value, c.currency)}</span>
            </div>
          ))}
        </Section>
      )}
      {of.stages.length > 0 && (
        <Section title={w.stages_past}>
          {of.stages.map(s => (
            <p class="small line spread" key={s.at}>
              <span class="cut">
                {s.from ? stage_name(s.from) + ' → ' : ''}
                {stage_name(s.to)}
              </span>
              <span class="faint">
                {short_day(s.at)}
                {s.seconds_in_stage !== null ? ` · ${length(s.seconds_in_stage * 1000)}` : ''}
              </span>
            </p>
          ))}
        </Section>
      )}
      <p class="small faint panel-end">
        {channel_name(lead.channel)} · №{lead.id} ·{' '}
        <button type="button" class="link" onClick={() => go(`customers/${lead.customer.id}`)}>
          {w.history}
        </button>
      </p>
    </div>
  );
}
