// One lead: its head with what may be done, the timeline, the reply box.
import { useEffect, useState } from 'preact/hooks';
import { words } from '../words';
import { get, type LeadDetail, type Message, post, type TimelinePage } from '../parts/api';
import { download_all, photos_of_lead } from '../parts/download';
import { Popover } from '../parts/form';
import { Icon } from '../parts/icons';
import { useKeys } from '../parts/keys';
import { Assign, claim, closing, forward, go_to_stage, is_mine, is_open, after_change } from '../parts/lead_deeds';
import { useQuery, refresh } from '../parts/query';
import { may } from '../parts/session';
import { Head } from '../parts/shell';
import { Empty, Failure, Loaded, say, say_problem, Skeleton } from '../parts/states';
import { channel_name, lead_name, person_name, Sla, stage_name } from '../parts/text';
import { Timeline } from '../parts/timeline';
import { Typing } from './typing';
import { focus_reply, ReplyBox } from './reply';

const page_size = 60;
const seen_after_ms = 1500;

export function Conversation({
  id,
  back,
  side,
  set_side,
}: {
  id: number;
  back: () => void;
  side: boolean;
  set_side: (to: boolean) => void;
}) {
  const w = words.value;
  const detail = useQuery<LeadDetail>(`/leads/${id}`);
  const newest = useQuery<TimelinePage>(`/leads/${id}/timeline?limit=${page_size}`);
  const [older, keep] = useState<TimelinePage[]>([]);
  const [assigning, assign] = useState(false);
  const [answered, answer] = useState<Message | null>(null);
  const lead = detail.data.value?.lead;
  const next = lead && forward(lead);
  const works = may('manager', 'supervisor', 'admin');

  // Read is what stood on a screen that somebody looked at.
  const newest_id = newest.data.value?.messages.at(-1)?.id;
  useEffect(() => {
    if (!newest_id || !lead?.unread || document.hidden || lead.masked) return;
    // Not before the conversation itself and its photos have been read.
    const timer = setTimeout(() => {
      void post(`/leads/${id}/seen`, { message_id: newest_id })
        .then(() => Promise.all([refresh('/leads'), refresh('/inbox')]))
        .catch(() => {});
    }, seen_after_ms);
    return () => clearTimeout(timer);
  }, [id, newest_id, lead?.unread]);

  useKeys({
    c: () => {
      if (lead?.can_claim) void claim(lead);
    },
    a: () => {
      if (lead && may('supervisor', 'admin')) assign(true);
    },
    e: () => {
      if (lead && next && is_mine(lead)) go_to_stage(lead, next);
    },
    l: () => {
      if (lead && is_open(lead) && is_mine(lead)) closing.value = { lead, stage: 'lost' };
    },
    r: focus_reply,
    i: () => set_side(!side),
  });

  // What somebody else has by now is not shown as if one could still have it.
  if (detail.problem.value && (!lead || detail.problem.value.status === 404))
    return (
      <>
        <Head back={back} />
        {detail.problem.value.status === 404 ? (
          <Empty icon="user" title={w.lead_gone} more={w.lead_gone_more} />
        ) : (
          <Failure problem={detail.problem.value} again={() => void detail.refresh()} />
        )}
      </>
    );
  if (!lead || !detail.data.value)
    return (
      <>
        <Head back={back} />
        <Skeleton rows={8} />
      </>
    );
  const page = newest.data.value;
  const first = older[0] ?? page;
  const known = new Set<number>();
  const messages = [...older.flatMap(p => p.messages), ...(page?.messages ?? [])].filter(
    m => !known.has(m.id) && known.add(m.id),
  );
  const seen = new Set<string>();
  const events = [...older.flatMap(p => p.events), ...(page?.events ?? [])].filter(
    e => !seen.has(e.kind + e.id) && seen.add(e.kind + e.id),
  );
  const load_earlier = async () => {
    if (!first?.earlier) return;
    try {
      const more = await get<TimelinePage>(
        `/leads/${id}/timeline?limit=${page_size}&before=${encodeURIComponent(first.earlier)}`,
      );
      keep(now => [more, ...now]);
    } catch (e) {
      say_problem(e);
    }
  };
  const settle = (deed: 'resend' | 'dismiss') => async (m: Message) => {
    const outbox = m.outbox_id;
    try {
      await post(`/outbox/${outbox ?? 0}/${deed}`);
      await refresh(`/leads/${id}`);
    } catch (e) {
      say_problem(e);
    }
  };
  return (
    <>
      <Head back={back}>
        <div class="grow lead-title">
          <h1 class="cut">{lead_name(lead)}</h1>
          <p class="small soft cut">
            {channel_name(lead.channel)} · {stage_name(lead.stage)} · {lead.owner ? person_name(lead.owner) : w.nobody} · №
            {lead.id}
          </p>
        </div>
        <Sla lead={lead} />
        {lead.can_claim && (
          <button type="button" class="button primary" onClick={() => void claim(lead)}>
            {w.claim}
          </button>
        )}
        {is_open(lead) && may('supervisor', 'admin') && <Assign lead={lead} open={assigning} set={assign} />}
        {works && next && is_mine(lead) && lead.owner && (
          <button type="button" class="button stage-button" title={`${w.next_stage} · e`} onClick={() => go_to_stage(lead, next)}>
            <span class="wide-only">{stage_name(next)}</span>
            <Icon name="right" size={14} />
          </button>
        )}
        {works && lead.next_stages.length > 0 && is_mine(lead) && (
          <Popover label={w.details} align="right" name="button quiet icon" button={<Icon name="more" />}>
            {close => (
              <div class="menu">
                <span class="legend">{w.move_to}</span>
                {lead.next_stages
                  .filter(s => s !== 'lost')
                  .map(s => (
                    <button
                      type="button"
                      key={s}
                      onClick={() => {
                        close();
                        go_to_stage(lead, s);
                      }}
                    >
                      {stage_name(s)}
                      {s === next && (
                        <span class="after">
                          <kbd>e</kbd>
                        </span>
                      )}
                    </button>
                  ))}
                <hr />
                {lead.owner && (
                  <button
                    type="button"
                    onClick={() => {
                      close();
                      void post(`/leads/${id}/release`, { reason: 'given back', version: lead.version })
                        .then(() => {
                          say(w.release_more);
                          return after_change();
                        })
                        .catch(say_problem);
                    }}
                  >
                    {w.release}
                  </button>
                )}
                <button
                  type="button"
                  onClick={() => {
                    close();
                    void photos_of_lead(id)
                      .then(ids => (ids.length ? download_all(ids, `${lead_name(lead)} ${id}`) : say(w.no_photos_here)))
                      .catch(say_problem);
                  }}
                >
                  {w.download_photos}
                </button>
                {lead.next_stages.includes('lost') && (
                  <button
                    type="button"
                    class="danger"
                    onClick={() => {
                      close();
                      closing.value = { lead, stage: 'lost' };
                    }}
                  >
                    {w.lose}
                    <span class="after">
                      <kbd>l</kbd>
                    </span>
                  </button>
                )}
              </div>
            )}
          </Popover>
        )}
        <button
          type="button"
          class="button quiet icon side-button"
          aria-pressed={side}
          aria-label={w.show_context}
          title={`${w.show_context} · i`}
          onClick={() => set_side(!side)}
        >
          <Icon name="panel" />
        </button>
      </Head>
      <Loaded of={newest} rows={8}>
        {data => (
          <Timeline
            id={id}
            messages={messages}
            events={events}
            earlier={Boolean(first?.earlier)}
            load_earlier={load_earlier}
            masked={data.masked}
            reply={works && is_open(lead) && is_mine(lead) ? answer : undefined}
            mend={{ resend: settle('resend'), dismiss: settle('dismiss') }}
            empty={<Empty icon="inbox" title={w.timeline_empty} more={w.timeline_empty_more} />}
          />
        )}
      </Loaded>
      <Typing lead={id} />
      {works && !lead.masked && (
        <ReplyBox
          lead={lead}
          vehicles={detail.data.value.vehicles}
          last={messages[messages.length - 1] ?? null}
          answered={answered}
          answer={answer}
        />
      )}
    </>
  );
}
