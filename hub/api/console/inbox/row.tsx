// A lead as one row: who, what they said last, by which channel, how long they wait, whose it is.
import { words } from '../words';
import type { Lead } from '../parts/api';
import { Ago, capital, channel_name, Face, lead_name, money, person_name, reason_words, Sla, stage_name } from '../parts/text';

export function preview(lead: Lead) {
  const w = words.value;
  const last = lead.last_message;
  if (lead.masked) return w.masked;
  if (!last) return lead.origin ? lead.origin.replaceAll('_', ' ') : (w.channels[lead.channel] ?? '');
  return last.text || ((w[last.type as 'photo'] as string | undefined) ?? last.type);
}

export function LeadRow({ lead }: { lead: Lead }) {
  const w = words.value;
  const name = lead_name(lead);
  const waits = lead.unanswered_since !== null;
  return (
    <span class={'lead-row' + (waits || lead.unread ? ' is-waiting' : '')}>
      <Face name={name} channel={lead.channel} />
      <span class="lead-main">
        <span class="line">
          <span class="cut lead-name">{name}</span>
          <span class="grow" />
          <Ago at={lead.last_activity_at} class="small faint" />
        </span>
        <span class="line">
          <span class="cut grow lead-said">
            {lead.last_message?.direction === 'outgoing' && <span class="faint">{capital(w.you)}: </span>}
            {preview(lead)}
          </span>
          {lead.unread > 0 ? (
            <span class="unread" title={w.unread}>
              {lead.unread > 99 ? '99+' : lead.unread}
            </span>
          ) : (
            waits && <i class="dot" title={w.waiting} />
          )}
        </span>
        <span class="line small faint">
          <span class="cut grow" title={channel_name(lead.channel)}>
            {stage_name(lead.stage)} ·{' '}
            {lead.owner
              ? person_name(lead.owner)
              : lead.queue
                ? `${w.queue}: ${reason_words(lead.queue.reason) || w.nobody}`
                : w.nobody}
          </span>
          {lead.estimated_value ? <span class="lead-value">{money(lead.estimated_value, lead.currency)}</span> : null}
          <Sla lead={lead} />
        </span>
      </span>
    </span>
  );
}
