// Calls: the missed ones that nobody rang back stand first; the recording plays where it stands.
import { useRef, useState } from 'preact/hooks';
import { words } from '../words';
import { type Call, query_of } from '../parts/api';
import { CallBack, caller_name, is_missed, may_score_calls, ScoreTag } from '../parts/call';
import { Tabs } from '../parts/form';
import { Icon } from '../parts/icons';
import { List, type Row } from '../parts/list';
import { type Player, Sound } from '../parts/media';
import { Fact, Facts, Section } from '../parts/panel';
import { useQuery } from '../parts/query';
import { asked, go_keeping, id_at, turn } from '../parts/route';
import { Columns, Head } from '../parts/shell';
import { me } from '../parts/session';
import { Empty, Failure, Loaded } from '../parts/states';
import { Ago, clock, day, day_key, capital, exact, Face, person_name, talked } from '../parts/text';
import { TaskLine } from '../tasks/line';
import type { Schemas } from '../parts/api';
import { ReviewPanel } from './review';

const page_size = 100;

function rows_of(calls: Call[], all: boolean): Row<Call>[] {
  const rows: Row<Call>[] = [];
  const missed = all ? calls.filter(c => c.status === 'missed' && Date.now() - Date.parse(c.at) < 86_400_000) : [];
  if (missed.length)
    rows.push(
      {
        key: 'heading missed',
        of: null,
        heading: (
          <span class="late">
            {words.value.missed}
            <span class="count"> {missed.length}</span>
          </span>
        ),
      },
      ...missed.map(of => ({ key: String(of.id), of })),
    );
  let last = '';
  for (const of of calls) {
    if (missed.includes(of)) continue;
    const today = day_key(of.at);
    if (today !== last) rows.push({ key: 'heading ' + today, of: null, heading: day(of.at) });
    last = today;
    rows.push({ key: String(of.id), of });
  }
  return rows;
}

function CallRow({ of }: { of: Call }) {
  const w = words.value;
  const missed = is_missed(of);
  return (
    <span class="lead-row">
      <span class={'call-mark ' + (missed ? 'late' : 'soft')}>
        <Icon name={missed ? 'missed' : 'calls'} />
      </span>
      <span class="lead-main">
        <span class="line">
          <span class={'cut lead-name' + (missed ? ' late' : '')}>{caller_name(of)}</span>
          <span class="grow" />
          <Ago at={of.at} class="small faint" />
        </span>
        <span class="line small soft">
          <span class="cut grow">
            {w.call_directions[of.direction]} · {w.call_status[of.status]}
            {of.talk_seconds ? ` · ${talked(of.talk_seconds)}` : ''}
            {of.manager ? ` · ${person_name(of.manager)}` : ''}
          </span>
          {of.recording && <Icon name="play" size={12} />}
          {of.score !== null && <ScoreTag score={of.score} />}
        </span>
      </span>
    </span>
  );
}

function CallDetail({ id }: { id: number }) {
  const w = words.value;
  const detail = useQuery<Schemas['call_detail']>(`/calls/${id}`);
  const player = useRef<Player | null>(null);
  // A call of somebody else's lead; what was said about one's own talk in it is one's own all the same.
  const problem = detail.data.value ? null : detail.problem.value;
  const hidden = problem?.status === 404 ? problem : null;
  return (
    <>
      <Head back={() => go_keeping('calls')} title={detail.data.value ? caller_name(detail.data.value.call) : hidden ? w.call_review.of_call(id) : ''}>
        <span class="grow" />
        {detail.data.value && <CallBack call={detail.data.value.call} />}
      </Head>
      {hidden ? (
        <div class="scroll">
          <div class="page-narrow">
            <ReviewPanel
              call={{ id, manager: me.value, recording: null }}
              player={player}
              note={w.call_review.others_lead}
              otherwise={<Failure problem={hidden} />}
            />
          </div>
        </div>
      ) : (
        <Loaded of={detail}>
          {({ call, call_back }) => (
            <div class="scroll">
              <div class="page-narrow">
                <div class="line call-title">
                  <Face name={caller_name(call)} channel="call" />
                  <div>
                    <p class="strong">
                      {w.call_directions[call.direction]} ·{' '}
                      <span class={is_missed(call) ? 'late' : ''}>{w.call_status[call.status]}</span>
                    </p>
                    <p class="small soft">{exact(call.at)}</p>
                  </div>
                </div>
                {call.recording &&
                  (call.recording.state === 'stored' && call.recording.id !== null ? (
                    <div class="call-sound">
                      <Sound id={call.recording.id} label={w.recording} seconds={call.talk_seconds} hold={player} />
                    </div>
                  ) : (
                    <p class="soft small">
                      {w.recording}: {w.media[call.recording.state]}
                    </p>
                  ))}
                <Section title={w.details} first>
                  <Facts>
                    <Fact name={w.customer}>
                      {call.customer ? (
                        <a class="link" href={`#/customers/${call.customer.id}`}>
                          {caller_name(call)}
                        </a>
                      ) : (
                        w.hidden_number
                      )}
                    </Fact>
                    {call.lead_id !== null && (
                      <Fact name={w.lead}>
                        <a class="link" href={`#/inbox/${call.lead_id}`}>
                          №{call.lead_id}
                        </a>
                      </Fact>
                    )}
                    <Fact name={w.manager}>{person_name(call.manager)}</Fact>
                    {call.answered_at && (
                      <Fact name={w.waited}>{talked((Date.parse(call.answered_at) - Date.parse(call.at)) / 1000)}</Fact>
                    )}
                    {!call.answered_at && call.wait_seconds !== null && <Fact name={w.waited}>{talked(call.wait_seconds)}</Fact>}
                    {Boolean(call.talk_seconds) && <Fact name={w.talk}>{talked(call.talk_seconds ?? 0)}</Fact>}
                    {call.line && <Fact name={w.line}>{call.line}</Fact>}
                    <Fact name={w.source}>
                      {capital(call.provider)}
                      {call.ended_at ? ` · ${clock(call.ended_at)}` : ''}
                    </Fact>
                    {!call.recording && <Fact name={w.recording}>{call.masked ? w.masked : w.no_recording}</Fact>}
                  </Facts>
                </Section>
                <ReviewPanel call={call} player={player} />
                {call_back && (
                  <Section title={w.call_back_task}>
                    <TaskLine task={call_back} />
                  </Section>
                )}
              </div>
            </div>
          )}
        </Loaded>
      )}
    </>
  );
}

export function CallsPage() {
  const w = words.value;
  const status = asked('status');
  const whose = asked('manager');
  const chosen = id_at(1);
  const [count, more] = useState(page_size);
  const calls = useQuery<{ calls: Call[]; next: string | null }>('/calls' + query_of(status === 'unreviewed' ? { reviewed: 'no', manager: whose } : { status, manager: whose }), {
    of: 'calls',
    count,
  });
  return (
    <Columns
      show={chosen ? 'work' : 'list'}
      list={
        <>
          <Head title={w.pages.calls}>
            <span class="grow" />
            <Tabs
              label={w.owner}
              chosen={whose}
              choose={t => turn('manager', t)}
              of={[
                ['', w.everybody],
                ['me', w.mine],
              ]}
            />
          </Head>
          <div class="subhead">
            <Tabs
              label={w.status}
              chosen={status}
              choose={t => turn('status', t)}
              of={[
                ['', w.all],
                ['missed', w.missed],
                ['completed', capital(w.call_status['completed']!)],
                ...(may_score_calls() ? [['unreviewed', w.call_review.not_reviewed] as [string, string]] : []),
              ]}
            />
          </div>
          <Loaded of={calls} rows={10}>
            {data =>
              data.calls.length === 0 ? (
                status === 'unreviewed' ? (
                  <Empty icon="calls" title={w.call_review.all_reviewed} more={w.call_review.all_reviewed_more} />
                ) : (
                  <Empty icon="calls" title={w.calls_empty} more={w.calls_empty_more} />
                )
              ) : (
                <List
                  rows={rows_of(data.calls, !status)}
                  height={56}
                  chosen={String(chosen)}
                  label={w.pages.calls}
                  href={c => `#/calls/${c.id}`}
                  choose={(c, opened) => go_keeping(`calls/${c.id}`, !opened && chosen > 0)}
                  draw={c => <CallRow of={c} />}
                  near_end={data.next ? () => more(n => (n <= data.calls.length ? n + page_size : n)) : undefined}
                />
              )
            }
          </Loaded>
        </>
      }
      work={chosen ? <CallDetail key={chosen} id={chosen} /> : <Empty icon="calls" title={w.pages.calls} more={w.choose_more} />}
    />
  );
}
