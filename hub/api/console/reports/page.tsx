// Figures: each chart answers the question it is named by. The formulas are the server's (docs/reports.md).
import type { ComponentChildren } from 'preact';
import { words } from '../words';
import { query_of, type Schemas } from '../parts/api';
import { Bars, Chart, Figures, Share } from '../parts/chart';
import { Tabs } from '../parts/form';
import { type Query, useQuery } from '../parts/query';
import { asked, go, turn } from '../parts/route';
import { may } from '../parts/session';
import { Columns, Head } from '../parts/shell';
import { Empty, Failure, Loaded } from '../parts/states';
import {
  capital,
  length,
  long_day,
  money,
  number,
  percent,
  person_name,
  short_day,
  stage_name,
  team_name,
  zone_name,
} from '../parts/text';
import { CallQuality } from './quality';
import { ResponseTimes } from './response';

type Revenue = Schemas['money'][];
const amounts = (of: Revenue) =>
  of
    .filter(m => m.total)
    .map(m => money(m.total, m.currency))
    .join(' · ');
const seconds = (s: number | null) => (s === null ? '—' : length(s * 1000));

/// A chart whose figures could not be had says so in its own place.
function Part<T>({ of, children }: { of: Query<T>; children: (data: T) => ComponentChildren }) {
  return of.problem.value && !of.data.value ? (
    <section class="chart">
      <Failure problem={of.problem.value} again={() => void of.refresh()} />
    </section>
  ) : (
    <Loaded of={of} rows={4}>
      {children}
    </Loaded>
  );
}

export function Overview({ of, status }: { of: Schemas['overview']; status?: boolean }) {
  const w = words.value,
    r = w.reports;
  return (
    <Figures
      of={[
        { name: status ? w.lead_status['pending']! : r.pending, value: number(of.pending) },
        { name: status ? w.crm.active_leads : r.active, value: number(of.active) },
        { name: r.leads, value: number(of.created) },
        { name: r.assigned, value: number(of.assigned) },
        { name: status ? w.lead_status['converted']! : r.conversions, value: number(of.conversions), more: percent(of.rate) },
        { name: r.lost, value: number(of.lost) },
        ...of.revenue.map(m => ({
          name: r.revenue,
          value: money(m.total, m.currency),
          more: `${r.average} ${money(m.average, m.currency)}`,
        })),
        { name: r.time_to, value: seconds(of.seconds_to_conversion) },
      ]}
    />
  );
}

export function Ranking({ of }: { of: Schemas['ranking'] }) {
  const r = words.value.reports;
  return (
    <Chart title={r.who} note={r.rate}>
      <Bars
        bars={of.people.map(p => ({
          key: String(p.person.id),
          label: capital(person_name(p.person)),
          value: p.rate,
          text: percent(p.rate),
          after: `${p.conversions}/${p.assigned}${p.revenue.length ? ' · ' + amounts(p.revenue) : ''}`,
        }))}
      />
    </Chart>
  );
}

export function ReportsPage() {
  const w = words.value,
    r = w.reports;
  const days = asked('days') || '30';
  const team = asked('team');
  const today = new Date();
  const iso = (d: Date) => d.toISOString().slice(0, 10);
  const from = iso(new Date(today.getTime() - (Number(days) - 1) * 86_400_000));
  const of = query_of({ from, to: iso(today), team });
  const overview = useQuery<Schemas['overview']>('/reports/overview' + of);
  const funnel = useQuery<Schemas['funnel']>('/reports/funnel' + of);
  const ranking = useQuery<Schemas['ranking']>('/reports/ranking' + of);
  const origins = useQuery<Schemas['origins']>('/reports/origins' + of);
  const response = useQuery<Schemas['response_times']>('/reports/response-times' + of);
  const calls = useQuery<Schemas['call_figures']>('/reports/calls' + of);
  const quality = useQuery<Schemas['review_figures']>('/reports/call-reviews' + of);
  const follow_ups = useQuery<Schemas['follow_ups']>('/reports/follow-ups' + of);
  const teams = useQuery<Schemas['team'][]>(may('analyst', 'admin', 'supervisor') ? '/teams' : null);
  return (
    <Columns
      show="work"
      work={
        <>
          <Head title={w.pages.reports}>
            <span class="grow" />
            {(teams.data.value?.length ?? 0) > 1 && (
              <select
                class="input head-select"
                aria-label={w.team}
                value={team}
                onChange={e => turn('team', e.currentTarget.value)}
              >
                <option value="">
                  {w.admin.teams}: {w.all.toLowerCase()}
                </option>
                {teams.data.value?.map(t => (
                  <option key={t.name} value={t.name}>
                    {team_name(t.name)}
                  </option>
                ))}
              </select>
            )}
            <Tabs
              label={w.from}
              chosen={days}
              choose={t => turn('days', t)}
              of={[
                ['7', w.range_7],
                ['30', w.range_30],
                ['90', w.range_90],
              ]}
            />
          </Head>
          <div class="scroll ground">
            <div class="figures-box">
              <Part of={overview}>
                {data => (
                  <>
                    <Overview of={data} />
                    <p class="small faint">
                      {short_day(data.range.from + 'T12:00:00Z')} – {long_day(data.range.to + 'T12:00:00Z')} ·{' '}
                      <span title={data.range.zone}>{zone_name(data.range.zone)}</span>
                    </p>
                  </>
                )}
              </Part>
            </div>
            {overview.data.value &&
            overview.data.value.created === 0 &&
            overview.data.value.active === 0 &&
            overview.data.value.pending === 0 ? (
              <Empty icon="reports" title={w.no_figures} more={w.no_figures_more} />
            ) : (
              <div class="charts">
                <Part of={funnel}>
                  {data => {
                    const stages = data.stages;
                    const before = (i: number) => stages[i - 1]?.entered ?? 0;
                    return (
                      <Chart title={r.where_lost} note={r.entered}>
                        <Bars
                          choose={s => go('pipeline', { view: 'list', status: s })}
                          bars={stages.map((s, i) => ({
                            key: s.stage,
                            label: stage_name(s.stage),
                            value: s.entered,
                            text: number(s.entered),
                            tone:
                              s.stage === 'lost'
                                ? ('late' as const)
                                : s.stage === 'sold'
                                  ? ('done' as const)
                                  : ('accent' as const),
                            after: i > 0 && before(i) > 0 && s.stage !== 'lost' ? percent((100 * s.entered) / before(i)) : '',
                          }))}
                        />
                      </Chart>
                    );
                  }}
                </Part>
                <Part of={funnel}>
                  {data => (
                    <Chart title={r.where_wait} note={r.now}>
                      <Bars
                        choose={s => go('pipeline', { view: 'list', status: s })}
                        bars={data.stages
                          .filter(s => s.stage !== 'sold' && s.stage !== 'lost')
                          .map(s => ({
                            key: s.stage,
                            label: stage_name(s.stage),
                            value: s.now,
                            text: number(s.now),
                            after: s.seconds_in_stage !== null ? `${r.median_here} ${seconds(s.seconds_in_stage)}` : '',
                          }))}
                      />
                    </Chart>
                  )}
                </Part>
                <Part of={response}>{data => <ResponseTimes of={data} />}</Part>
                <Part of={ranking}>{data => <Ranking of={data} />}</Part>
                <Part of={origins}>
                  {data => (
                    <Chart title={r.origins} note={r.leads}>
                      <Bars
                        bars={data.origins.map(o => ({
                          key: o.origin,
                          label: w.channels[o.origin] ?? (o.origin.replaceAll('_', ' ') || w.none),
                          value: o.leads,
                          part: 0,
                          text: number(o.leads),
                          after: o.conversions
                            ? `${r.conversions} ${o.conversions}${o.revenue.length ? ' · ' + amounts(o.revenue) : ''}`
                            : '',
                        }))}
                      />
                    </Chart>
                  )}
                </Part>
                <Part of={calls}>
                  {data => (
                    <Chart
                      title={r.calls}
                      note={
                        data.missed_unowned ? (
                          <span class="late">
                            {number(data.missed_unowned)} {r.missed_unowned}
                          </span>
                        ) : (
                          w.talk
                        )
                      }
                    >
                      <Bars
                        bars={data.people.map(p => ({
                          key: String(p.person.id),
                          label: capital(person_name(p.person)),
                          value: p.talk_seconds,
                          text: length(p.talk_seconds * 1000),
                          after: (
                            <>
                              ↓{p.inbound} ↑{p.outbound}
                              {p.missed > 0 && (
                                <span class={p.called_back < p.missed ? 'late' : ''} title={`${r.called_back}: ${p.called_back}`}>
                                  {' '}
                                  · {w.missed.toLowerCase()} {p.missed}
                                </span>
                              )}
                            </>
                          ),
                        }))}
                      />
                    </Chart>
                  )}
                </Part>
                <Part of={quality}>{data => <CallQuality of={data} />}</Part>
                <Part of={follow_ups}>
                  {data => (
                    <Chart title={r.follow_ups} note={`${number(data.done_in_time)} ${w.of} ${number(data.due)}`}>
                      <div class="shares">
                        <div class="line">
                          <Share of={data.in_time_share} label={r.in_time} />
                          <div>
                            <p class="strong">
                              {data.due ? `${percent(data.in_time_share)} ${r.in_time}` : '—'}
                            </p>
                            <p class="small soft">
                              {r.of_due}: {number(data.due)}
                            </p>
                          </div>
                        </div>
                        <div class="line">
                          <Share of={data.converted_share} label={r.conversions} />
                          <div>
                            <p class="strong">{data.leads ? percent(data.converted_share) : '—'}</p>
                            <p class="small soft">
                              {r.after_that}: {number(data.leads)}
                            </p>
                          </div>
                        </div>
                      </div>
                    </Chart>
                  )}
                </Part>
              </div>
            )}
          </div>
        </>
      }
    />
  );
}
