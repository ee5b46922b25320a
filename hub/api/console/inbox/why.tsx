// Why a lead is where it is.
import type { ComponentChildren } from 'preact';
import { words } from '../words';
import type { LeadDetail } from '../parts/api';
import { Section } from '../parts/panel';
import { me } from '../parts/session';
import { Ago, capital, exact, person_name, reason_words, team_name } from '../parts/text';

/// "Why is this lead mine", from the receipt of the decision.
export function Why({ of }: { of: LeadDetail }) {
  const w = words.value;
  const { lead } = of;
  const decision = of.decisions[of.decisions.length - 1];
  const mine = lead.owner?.id === me.value?.id;
  const why = lead.why;
  const said: ComponentChildren =
    why?.by === 'person' ? (
      why.words.replace(/[^:]+$/, said => ' ' + reason_words(said.trim()))
    ) : why ? (
      <>
        {capital(why.rule ? `${w.rule} «${why.rule}»` : w.no_rule)}
        {why.team ? `, ${team_name(why.team)}` : ''}
        {why.strategy ? `, ${w.strategies[why.strategy] ?? why.strategy}` : ''}
      </>
    ) : lead.queue ? (
      reason_words(lead.queue.reason)
    ) : (
      '—'
    );
  return (
    <Section title={mine ? w.why_yours : w.why_theirs} first>
      <p class="because">{said}</p>
      {lead.queue && (
        <p class="small soft">
          {w.queue}: {w.waits} <Ago at={lead.queue.since} /> · {reason_words(lead.queue.reason)}
        </p>
      )}
      {decision && (
        <details class="quiet-details">
          <summary class="small soft">{w.details}</summary>
          <p class="small words">{decision.words}</p>
          {decision.candidates.length > 0 && (
            <p class="small">
              <span class="soft">{w.candidates}:</span> {decision.candidates.map(p => p.name).join(', ')}
            </p>
          )}
          {decision.excluded.length > 0 && (
            <ul class="small">
              {decision.excluded.map(x => (
                <li key={x.person.id}>
                  <span class="soft">{w.excluded}:</span> {x.person.name} — {reason_words(x.reason)}
                </li>
              ))}
            </ul>
          )}
          {of.owners.map(o => (
            <p class="small soft" key={o.at}>
              {exact(o.at)}: {o.from ? person_name(o.from) : w.nobody} → {o.to ? person_name(o.to) : w.nobody} ·{' '}
              {reason_words(o.reason)}
            </p>
          ))}
        </details>
      )}
    </Section>
  );
}
