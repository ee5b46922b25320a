// The pipeline: a board to drag on, a list to filter and to work on many at once.
import { useMemo, useRef, useState } from 'preact/hooks';
import { words } from '../words';
import { type Lead, type LeadPage, type Person, post, query_of, type Schemas } from '../parts/api';
import { Form, Popover, Search, Tabs } from '../parts/form';
import { Icon } from '../parts/icons';
import { useKeys } from '../parts/keys';
import { after_change, go_to_stage, PeoplePicker } from '../parts/lead_deeds';
import { Table } from '../parts/list';
import { useQuery } from '../parts/query';
import { asked, go, turn } from '../parts/route';
import { may } from '../parts/session';
import { Columns, Head } from '../parts/shell';
import { Empty, Loaded, say } from '../parts/states';
import {
  Ago,
  Channel,
  Face,
  lead_name,
  length,
  money,
  now,
  person_name,
  reason_words,
  Sla,
  stage_name,
  team_name,
} from '../parts/text';
import { preview } from '../inbox/row';

const open_stages = ['new', 'contacted', 'qualified', 'in_negotiation', 'prepayment'];
const board_leads = 400;
/// Nothing was said for this long: the lead is stuck.
const stuck_ms = 3 * 86_400_000;
const is_stuck = (l: Lead) => now.value - Date.parse(l.last_activity_at) > stuck_ms;

function sums(leads: Lead[]) {
  const by = new Map<string, number>();
  for (const l of leads) if (l.estimated_value) by.set(l.currency, (by.get(l.currency) ?? 0) + l.estimated_value);
  return [...by].map(([c, v]) => money(v, c)).join(' · ');
}

function Card({ lead, drag }: { lead: Lead; drag: (l: Lead | null) => void }) {
  const w = words.value;
  const name = lead_name(lead);
  const movable = lead.next_stages.length > 0 && may('manager', 'supervisor', 'admin');
  return (
    <li
      class="board-card"
      draggable={movable}
      onDragStart={e => {
        e.dataTransfer?.setData('text/plain', String(lead.id));
        drag(lead);
      }}
      onDragEnd={() => drag(null)}
      data-lead={lead.id}
    >
      <a href={`#/inbox/${lead.id}?tab=team`} draggable={false}>
        <span class="line">
          <Face name={name} channel={lead.channel} small />
          <span class="cut strong grow">{name}</span>
          <Ago at={lead.last_activity_at} class="small faint" />
        </span>
        <span class="small soft board-said">{preview(lead)}</span>
        <span class="line small">
          <span class="cut grow soft">{lead.owner ? person_name(lead.owner) : <span class="soon">{w.nobody}</span>}</span>
          {is_stuck(lead) && (
            <span class="tag soon" title={length(now.value - Date.parse(lead.last_activity_at))}>
              {w.stuck}
            </span>
          )}
          <Sla lead={lead} />
          {lead.estimated_value ? <strong>{money(lead.estimated_value, lead.currency)}</strong> : null}
        </span>
      </a>
      {movable && (
        <Popover
          label={`${w.move_to}: ${name}`}
          align="right"
          name="button quiet icon small"
          button={<Icon name="more" size={14} />}
        >
          {close => (
            <div class="menu">
              <span class="legend">{w.move_to}</span>
              {lead.next_stages.map(s => (
                <button
                  type="button"
                  key={s}
                  class={s === 'lost' ? 'danger' : ''}
                  onClick={() => {
                    close();
                    go_to_stage(lead, s);
                  }}
                >
                  {stage_name(s)}
                </button>
              ))}
            </div>
          )}
        </Popover>
      )}
    </li>
  );
}

function Board({ leads, pipeline }: { leads: Lead[]; pipeline: Schemas['pipeline'] | undefined }) {
  const w = words.value;
  const [dragged, show] = useState<Lead | null>(null);
  const held = useRef<Lead | null>(null);
  const drag = (lead: Lead | null) => {
    held.current = lead;
    show(lead);
  };
  const [over, hover] = useState('');
  const stages = pipeline?.stages ?? open_stages;
  const column = (stage: string, members: Lead[]) => {
    const takes = dragged?.next_stages.includes(stage) ?? false;
    return (
      <section
        key={stage}
        class={
          'board-column' +
          (dragged && takes ? ' takes' : dragged && dragged.stage !== stage ? ' refuses' : '') +
          (over === stage && takes ? ' over' : '')
        }
        aria-label={stage_name(stage)}
        data-stage={stage}
        onDragOver={e => {
          if (held.current?.next_stages.includes(stage)) {
            e.preventDefault();
            hover(stage);
          }
        }}
        onDragLeave={() => hover('')}
        onDrop={e => {
          e.preventDefault();
          hover('');
          if (held.current) go_to_stage(held.current, stage);
          drag(null);
        }}
      >
        <header class="line">
          <h2>{stage_name(stage)}</h2>
          <span class="count">{members.length || ''}</span>
          <span class="grow" />
          <span class="small soft">{sums(members)}</span>
        </header>
        {members.length ? (
          <ul>
            {members.map(l => (
              <Card key={l.id} lead={l} drag={drag} />
            ))}
          </ul>
        ) : (
          <p class="small faint board-none">{stage === 'sold' || stage === 'lost' ? '' : w.column_empty}</p>
        )}
      </section>
    );
  };
  // Where a lead ends is dropped at the edge below, so that no column moves while one drags.
  const ends = dragged ? ['sold', 'lost'].filter(s => dragged.next_stages.includes(s)) : [];
  return (
    <>
      <div class="board">
        {stages.map(s =>
          column(
            s,
            leads.filter(l => l.stage === s),
          ),
        )}
      </div>
      {ends.length > 0 && <div class="board-ends">{ends.map(s => column(s, []))}</div>}
    </>
  );
}

/// Why all of them may be lost: the reasons that each of their pipelines has.
const reasons_for = (leads: Lead[], pipelines: Schemas['pipeline'][]) =>
  [...new Set(leads.map(l => l.pipeline))]
    .map(name => pipelines.find(p => p.name === name)?.lost_reasons ?? [])
    .reduce((all, some) => all.filter(r => some.includes(r)));

function Bulk({ picked, clear, lost_reasons }: { picked: number[]; clear: () => void; lost_reasons: string[] }) {
  const w = words.value;
  const [to, choose] = useState<Person | null>(null);
  const run = async (body: object) => {
    const done = await post<Schemas['bulk']>('/leads/bulk', { ids: picked, ...body });
    const refused = done.leads.find(l => !l.done);
    say(
      w.bulk_done(done.leads.filter(l => l.done).length, done.leads.length) +
        (refused ? ` · №${refused.id}: ${refused.detail}` : ''),
    );
    clear();
    await after_change();
  };
  return (
    <div class="bulk line">
      <span class="strong small">{w.selected(picked.length)}</span>
      {may('supervisor', 'admin') && (
        <Popover
          label={w.assign}
          button={
            <>
              <Icon name="user" size={14} />
              {w.assign}
            </>
          }
        >
          {close =>
            to ? (
              <Form
                verb={w.assign}
                cancel={() => {
                  choose(null);
                  close();
                }}
                done={() => {
                  choose(null);
                  close();
                }}
                fields={[{ name: 'reason', label: `${to.name} · ${w.reason}`, required: true, most: 500 }]}
                send={v => run({ do: 'assign', staff_id: to.id, reason: v['reason'] })}
              />
            ) : (
              <PeoplePicker chosen={undefined} pick={choose} />
            )
          }
        </Popover>
      )}
      <Popover label={w.lose} name="button danger" button={w.lose}>
        {close => (
          <Form
            danger
            verb={w.lose}
            cancel={close}
            done={close}
            fields={[
              lost_reasons.length
                ? {
                    name: 'reason',
                    label: w.reason,
                    type: 'select',
                    options: lost_reasons.map(r => [r, reason_words(r)]),
                    value: lost_reasons[0]!,
                  }
                : { name: 'reason', label: w.reason, required: true },
              { name: 'note', label: w.note, type: 'textarea' },
            ]}
            send={v => run({ do: 'lost', reason: v['reason'], ...(v['note'] ? { note: v['note'] } : {}) })}
          />
        )}
      </Popover>
      <button type="button" class="button quiet" onClick={clear}>
        {w.cancel}
      </button>
    </div>
  );
}

export function LeadTable({
  leads,
  pick,
  picked,
  status_words,
}: {
  leads: Lead[];
  picked?: Set<number>;
  pick?: (l: Lead, on: boolean) => void;
  status_words?: boolean;
}) {
  const w = words.value;
  const open = (l: Lead) => go(status_words ? `crm/lead/${l.id}` : `inbox/${l.id}`, status_words ? {} : { tab: 'team' });
  return (
    <Table
      label={w.pages.pipeline}
      rows={leads}
      key_of={l => l.id}
      choose={open}
      {...(pick && picked ? { pick, picked } : {})}
      columns={[
        { title: w.customer, of: l => lead_name(l) },
        { title: w.channel, of: l => <Channel name={l.channel} /> },
        {
          title: status_words ? w.status : w.stage,
          of: l =>
            status_words ? (
              <span class={'tag ' + (l.status === 'converted' ? 'done' : l.status === 'pending' ? 'soon' : '')}>
                {w.lead_status[l.status] ?? l.status}
              </span>
            ) : (
              stage_name(l.stage)
            ),
        },
        { title: w.owner, of: l => (l.owner ? person_name(l.owner) : '') },
        ...(status_words ? [{ title: w.source, of: (l: Lead) => l.origin.replaceAll('_', ' ') }] : []),
        { title: w.activity, of: l => <Ago at={l.last_activity_at} /> },
        { title: w.due, of: l => <Sla lead={l} /> },
        { title: w.value, number: true, of: l => money(l.estimated_value, l.currency) },
      ]}
    />
  );
}

export function PipelinePage() {
  const w = words.value;
  const view = asked('view') || 'board';
  const q = asked('q'),
    owner = asked('owner'),
    status = asked('status') || 'open';
  const [picked, pick] = useState(new Set<number>());
  const [stuck_only, only_stuck] = useState(false);
  const pipelines = useQuery<Schemas['pipeline'][]>('/pipelines');
  const way = asked('pipeline');
  const leads = useQuery<LeadPage>('/leads' + query_of({ q, owner, status: view === 'list' ? status : 'open' }), {
    of: 'leads',
    count: board_leads,
  });
  const shown = useMemo(
    () => (leads.data.value?.leads ?? []).filter(l => (!way || l.pipeline === way) && (!stuck_only || is_stuck(l))),
    [leads.data.value, way, stuck_only],
  );
  const chosen_pipeline = pipelines.data.value?.find(p => p.name === way) ?? pipelines.data.value?.[0];
  useKeys({ Escape: () => pick(new Set()) });
  const stuck = (leads.data.value?.leads ?? []).filter(is_stuck).length;
  return (
    <Columns
      show="work"
      work={
        <>
          <Head title={w.pages.pipeline}>
            <span class="grow" />
            <Search value={q} set={v => turn('q', v)} label={w.search_leads} slash />
            <Tabs
              label={w.sort}
              chosen={view}
              choose={t => turn('view', t)}
              of={[
                ['board', w.board],
                ['list', w.list],
              ]}
            />
          </Head>
          <div class="subhead">
            <Tabs
              label={w.owner}
              chosen={owner}
              choose={t => turn('owner', t)}
              of={[
                ['', w.all],
                ['me', w.mine],
                ['none', w.unassigned],
              ]}
            />
            {(pipelines.data.value?.length ?? 0) > 1 && (
              <select class="input" aria-label={w.pipeline} value={way} onChange={e => turn('pipeline', e.currentTarget.value)}>
                <option value="">
                  {w.pipeline}: {w.all.toLowerCase()}
                </option>
                {pipelines.data.value?.map(p => (
                  <option key={p.name} value={p.name}>
                    {team_name(p.name)}
                  </option>
                ))}
              </select>
            )}
            {view === 'list' && (
              <select class="input" aria-label={w.status} value={status} onChange={e => turn('status', e.currentTarget.value)}>
                <option value="open">{w.open}</option>
                <option value="all">{w.all}</option>
                <option value="closed">{w.closed}</option>
                {Object.entries(w.stages).map(([id, text]) => (
                  <option key={id} value={id}>
                    {text}
                  </option>
                ))}
              </select>
            )}
            {stuck > 0 && (
              <button type="button" class="chip-button small" aria-pressed={stuck_only} onClick={() => only_stuck(!stuck_only)}>
                {w.stuck} {stuck}
              </button>
            )}
            <span class="grow" />
            <span class="small soft cut">
              {w.leads(shown.length)}
              {sums(shown) && ` · ${sums(shown)}`}
            </span>
          </div>
          <Loaded of={leads} rows={10}>
            {() =>
              shown.length === 0 && (q || view === 'list') ? (
                <Empty
                  icon="pipeline"
                  title={q ? w.inbox_none : w.inbox_empty}
                  more={q ? w.inbox_none_more : w.inbox_empty_more}
                />
              ) : view === 'board' ? (
                <Board leads={shown} pipeline={way ? chosen_pipeline : undefined} />
              ) : (
                <div class="scroll">
                  {picked.size > 0 && (
                    <Bulk picked={[...picked]} clear={() => pick(new Set())} lost_reasons={reasons_for(shown.filter(l => picked.has(l.id)), pipelines.data.value ?? [])} />
                  )}
                  <LeadTable
                    leads={shown}
                    {...(may('manager', 'supervisor', 'admin')
                      ? {
                          picked,
                          pick: (l: Lead, on: boolean) =>
                            pick(now => {
                              const next = new Set(now);
                              if (on) next.add(l.id);
                              else next.delete(l.id);
                              return next;
                            }),
                        }
                      : {})}
                  />
                </div>
              )
            }
          </Loaded>
        </>
      }
    />
  );
}
