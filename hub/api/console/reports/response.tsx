// How fast the first answer comes: percentiles in working time, for half of the answers and for the slow ones.
import { useState } from 'preact/hooks';
import { words } from '../words';
import type { Schemas } from '../parts/api';
import { Bars, Chart } from '../parts/chart';
import { Tabs } from '../parts/form';
import { capital, channel_name, length, number, person_name, short_day } from '../parts/text';

type Times = Schemas['response_times'];
type Row = { key: string; label: string; answered: number; took: Schemas['percentiles'] | null };
type By = 'people' | 'channels' | 'periods';

const minutes = (m: number) => length(m * 60_000);

function rows_of(of: Times, by: By): Row[] {
  if (by === 'people')
    return of.people.map(p => ({
      key: String(p.person.id),
      label: capital(person_name(p.person)),
      answered: p.answered,
      took: p.working_minutes,
    }));
  if (by === 'channels')
    return of.channels.map(c => ({
      key: c.channel,
      label: channel_name(c.channel),
      answered: c.answered,
      took: c.working_minutes,
    }));
  return of.periods.map(p => ({
    key: p.from,
    label: short_day(p.from + 'T12:00:00Z'),
    answered: p.answered,
    took: p.working_minutes,
  }));
}

export function ResponseTimes({ of }: { of: Times }) {
  const w = words.value,
    r = w.reports;
  const [by, choose] = useState<By>('people');
  const rows = rows_of(of, by).filter(row => row.took);
  const all = of.working_minutes;
  return (
    <Chart
      title={r.how_fast}
      note={
        of.overdue ? (
          <span class="late">
            {number(of.overdue)} {r.overdue}
          </span>
        ) : (
          ''
        )
      }
    >
      <div class="response-head">
        {all && (
          <p class="small soft">
            {r.half_within} {minutes(all.p50)} · {r.nine_within} {minutes(all.p90)} · {r.nineteen_within} {minutes(all.p95)} ·{' '}
            {r.working_time}
          </p>
        )}
        <p class="small faint">{r.number_is_answers}</p>
        <Tabs
          label={r.how_fast}
          chosen={by}
          choose={choose}
          of={[
            ['people', r.people],
            ['channels', r.channels],
            ['periods', r.periods],
          ]}
        />
      </div>
      <Bars
        bars={rows.map(row => {
          const took = row.took ?? { p50: 0, p90: 0, p95: 0 };
          const slow = `${r.nine_within} ${minutes(took.p90)}, ${r.nineteen_within} ${minutes(took.p95)}`;
          return {
            key: row.key,
            label: (
              <>
                {row.label} <span class="faint">{row.answered}</span>
              </>
            ),
            value: took.p50,
            text: minutes(took.p50),
            more: `${r.answered}: ${row.answered}. ${r.half_within} ${minutes(took.p50)}, ${slow}`,
            after: r.most_within(minutes(took.p90)),
          };
        })}
      />
      {rows.length === 0 && <p class="small soft">{w.no_figures}</p>}
    </Chart>
  );
}
