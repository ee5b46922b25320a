// Where an ERP and the hub disagree: both sides beside each other, and who is right is for a person to say.
import { useState } from 'preact/hooks';
import { words } from '../words';
import { post, query_of, type Schemas, type Vehicle } from '../parts/api';
import { Tabs } from '../parts/form';
import { More } from '../parts/list';
import { refresh, useQuery } from '../parts/query';
import { asked, turn } from '../parts/route';
import { may } from '../parts/session';
import { Empty, Loaded, say_problem } from '../parts/states';
import { Ago, number, person_name, reason_words, stage_name } from '../parts/text';

type Conflict = Schemas['conflict'];
const page_size = 100;

/// An id of the ERP says nothing to a person.
function VehicleName({ id, otherwise }: { id: number; otherwise: string }) {
  const found = useQuery<Vehicle>(`/vehicles/${id}`).data.value;
  return <span title={otherwise}>{found ? [found.make, found.model, found.year].filter(Boolean).join(' ') : otherwise}</span>;
}

/// What either side has, in words where the field has a list of them.
function said(of: Conflict, text: string) {
  if (of.field === 'status') return words.value.vehicle_status[text] ?? text;
  if (of.field === 'price' || of.field === 'mileage') return text && !Number.isNaN(Number(text)) ? number(Number(text)) : text;
  return of.field === 'stage' ? stage_name(text) : text;
}

function Side({ name, text, kept, take }: { name: string; text: string; kept: boolean; take?: (() => void) | undefined }) {
  const w = words.value;
  return (
    <div class={'side' + (kept ? ' is-kept' : '')}>
      <p class="small soft">{name}</p>
      <p class="words strong">{text || w.ops.absent}</p>
      {take && (
        <button type="button" class="button small" onClick={take}>
          {name === w.ops.ours ? w.ops.keep_ours : w.ops.take_theirs}
        </button>
      )}
    </div>
  );
}

function Card({ of }: { of: Conflict }) {
  const w = words.value;
  const [busy, work] = useState(false);
  const judges = of.state === 'open' && may('supervisor', 'admin') && !busy;
  const judge = (take: 'ours' | 'theirs') => () => {
    work(true);
    void post(`/conflicts/${of.id}/resolve`, { take })
      .then(() => refresh('/conflicts'))
      .catch(say_problem)
      .finally(() => work(false));
  };
  return (
    <li class="card conflict" data-conflict={of.id}>
      <header class="line spread">
        <h2>
          {w.ops.objects[of.object] ?? of.object}{' '}
          {of.vehicle_id ? (
            <a class="link" href={`#/vehicles/${of.vehicle_id}`}>
              <VehicleName id={of.vehicle_id} otherwise={of.erp_id} />
            </a>
          ) : of.lead_id ? (
            <a class="link" href={`#/inbox/${of.lead_id}`}>
              №{of.lead_id}
            </a>
          ) : (
            of.erp_id
          )}
          {' · '}
          {w.ops.fields[of.field] ?? of.field.replaceAll('_', ' ')}
        </h2>
        <span class="small faint">
          {of.account} · <Ago at={of.found_at} />
        </span>
      </header>
      {of.why && <p class="small soft words">{reason_words(of.why)}</p>}
      <div class="sides">
        <Side
          name={w.ops.ours}
          text={said(of, of.ours)}
          kept={of.state === 'kept_ours'}
          take={judges ? judge('ours') : undefined}
        />
        <Side
          name={w.ops.theirs}
          text={said(of, of.theirs)}
          kept={of.state === 'took_theirs'}
          take={judges ? judge('theirs') : undefined}
        />
      </div>
      {of.judged_at && (
        <p class="small faint">
          {w.ops.states[of.state] ?? of.state}: {person_name(of.judged_by)} · <Ago at={of.judged_at} />
        </p>
      )}
    </li>
  );
}

export function Conflicts() {
  const w = words.value;
  const state = asked('judged') || 'open';
  const [count, more] = useState(page_size);
  const found = useQuery<Schemas['conflict_page']>('/conflicts' + query_of({ state }), { of: 'conflicts', count });
  return (
    <>
      <div class="subhead">
        <Tabs
          label={w.status}
          chosen={state}
          choose={t => turn('judged', t)}
          of={(['open', 'kept_ours', 'took_theirs', 'settled'] as const).map(s => [s, w.ops.states[s] ?? s])}
        />
      </div>
      <Loaded of={found}>
        {data =>
          data.conflicts.length === 0 ? (
            <Empty icon="check" title={w.ops.agree} more={state === 'open' ? w.ops.agree_more : w.ops.none_more} />
          ) : (
            <div class="scroll ground">
              <ul class="conflicts">
                {data.conflicts.map(c => (
                  <Card key={c.id} of={c} />
                ))}
              </ul>
              {data.next && <More show={() => more(n => n + page_size)} />}
            </div>
          )
        }
      </Loaded>
    </>
  );
}
