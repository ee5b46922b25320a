// Messages on their way out. Those that are held wait for somebody to send them again or to let them be.
import { useState } from 'preact/hooks';
import { words } from '../words';
import { post, query_of, type Schemas } from '../parts/api';
import { Tabs } from '../parts/form';
import { More, Table } from '../parts/list';
import { refresh, useQuery } from '../parts/query';
import { asked, turn } from '../parts/route';
import { may } from '../parts/session';
import { Empty, Loaded, say_problem } from '../parts/states';
import { Ago, Channel, person_name } from '../parts/text';

type Row = Schemas['outbox_row'];
const page_size = 100;

function Deeds({ of }: { of: Row }) {
  const w = words.value;
  const [busy, work] = useState(false);
  const act = (deed: 'resend' | 'dismiss') => {
    work(true);
    void post(`/outbox/${of.id}/${deed}`)
      .then(() => refresh('/outbox'))
      .catch(say_problem)
      .finally(() => work(false));
  };
  return (
    <span class="line">
      {of.held && (
        <button
          type="button"
          class="link"
          disabled={busy}
          title={of.state === 'unknown' ? w.resend_more : ''}
          onClick={() => act('resend')}
        >
          {w.resend}
        </button>
      )}
      {(of.held || of.state === 'queued') && (
        <button type="button" class="link" disabled={busy} onClick={() => act('dismiss')}>
          {w.dismiss}
        </button>
      )}
    </span>
  );
}

export function Outbox() {
  const w = words.value;
  const state = asked('state') || 'held';
  const [count, more] = useState(page_size);
  const found = useQuery<Schemas['outbox_page']>('/outbox' + query_of({ state }), { of: 'rows', count });
  return (
    <>
      <div class="subhead">
        <Tabs
          label={w.status}
          chosen={state}
          choose={t => turn('state', t)}
          of={[
            ['held', w.ops.held],
            ['waiting', w.ops.waiting],
            ['sent', w.ops.sent],
            ['all', w.all],
          ]}
        />
      </div>
      <Loaded of={found}>
        {data =>
          data.rows.length === 0 ? (
            <Empty
              icon="check"
              title={state === 'held' ? w.ops.empty : w.admin.none}
              more={state === 'held' ? w.ops.empty_more : w.ops.none_more}
            />
          ) : (
            <div class="scroll">
              <Table
                label={w.ops.outbox}
                rows={data.rows}
                key_of={r => r.id}
                columns={[
                  {
                    title: w.lead,
                    of: r => (
                      <a class="link" href={`#/inbox/${r.lead_id}`}>
                        №{r.lead_id}
                      </a>
                    ),
                  },
                  { title: w.channel, of: r => <Channel name={r.channel} /> },
                  {
                    title: w.text,
                    wide: true,
                    of: r => <span class="cut">{r.text || ((w[r.type as 'photo'] as string | undefined) ?? r.type)}</span>,
                  },
                  {
                    title: w.status,
                    of: r => (
                      <span class={'tag' + (r.held ? (r.state === 'failed' ? ' late' : ' soon') : '')}>
                        {w.statuses[r.status] ?? r.status}
                      </span>
                    ),
                  },
                  {
                    title: w.ops.cause,
                    wide: true,
                    of: r => (
                      <span title={r.code}>
                        {r.reason || '—'}
                        {r.account_paused && <span class="soon"> · {w.ops.paused}</span>}
                      </span>
                    ),
                  },
                  { title: w.ops.attempts, number: true, named: true, of: r => r.attempts },
                  { title: w.admin.who, of: r => (r.author ? person_name(r.author) : w.automatic) },
                  { title: w.ops.since, of: r => <Ago at={r.created_at} /> },
                  ...(may('manager', 'supervisor', 'admin') ? [{ title: '', of: (r: Row) => <Deeds of={r} /> }] : []),
                ]}
              />
              {data.next && <More show={() => more(n => n + page_size)} />}
            </div>
          )
        }
      </Loaded>
    </>
  );
}
