// How calls were scored: by person, and by criterion of everybody or of who was chosen.
import { useState } from 'preact/hooks';
import { language, words } from '../words';
import type { Schemas } from '../parts/api';
import { Bars, Chart } from '../parts/chart';
import { capital, number, percent, person_name } from '../parts/text';

const name = (of: { uk: string; en: string }) => (language.value === 'uk' ? of.uk : of.en);
const tone = (score: number) => (score >= 80 ? 'done' : score >= 60 ? 'accent' : 'late');

export function CallQuality({ of }: { of: Schemas['review_figures'] }) {
  const r = words.value.call_review;
  const [whose, turn] = useState('');
  const scored = of.people.filter(p => p.score !== null);
  const one = scored.find(p => String(p.person.id) === whose);
  const total = (what: 'calls' | 'reviewed') => of.people.reduce((sum, p) => sum + p[what], 0);
  return (
    <>
      <Chart title={r.quality} note={`${number(total('reviewed'))} ${words.value.of} ${number(total('calls'))} ${r.reviewed}`}>
        {scored.length ? (
          <Bars
            whole={100}
            choose={id => turn(id === whose ? '' : id)}
            bars={scored.map(p => ({
              key: String(p.person.id),
              label: capital(person_name(p.person)),
              value: p.score ?? 0,
              text: percent(Math.round(p.score ?? 0)),
              tone: tone(p.score ?? 0),
              more: `${p.reviewed} ${words.value.of} ${p.calls} ${r.reviewed}`,
              after: `${p.reviewed}/${p.calls}`,
            }))}
          />
        ) : (
          <p class="soft small">{r.no_reviews}</p>
        )}
      </Chart>
      {of.criteria.length > 0 && (
        <Chart title={r.criteria} note={one ? capital(person_name(one.person)) : r.whole_team}>
          <Bars
            whole={100}
            bars={(one ?? of).criteria.map(c => ({
              key: c.key,
              label: name(c),
              more: name(c),
              value: c.score,
              text: percent(Math.round(c.score)),
              tone: tone(c.score),
              after: number(c.reviews),
            }))}
          />
        </Chart>
      )}
    </>
  );
}
