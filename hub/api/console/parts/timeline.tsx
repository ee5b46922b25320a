// One timeline for leads and customers: what was said on every channel and what happened meanwhile, by the platforms' clocks.
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { words } from '../words';
import type { LeadEvent, Media, Message } from './api';
import { CallLine } from './call';
import { Icon, type IconName } from './icons';
import { MediaParts } from './media';
import { At, channel_name, clock, day, day_key, exact, length, money, person_name, reason_words, stage_name } from './text';

type Item = { key: string; at: string } & (
  | { is: 'day'; text: string }
  | { is: 'said'; of: Message; album: Media[]; joined: boolean }
  | { is: 'event'; of: LeadEvent }
  | { is: 'events'; of: LeadEvent[] }
);

const together_ms = 5 * 60_000;
/// A message that came this much after newer ones says so.
const late_seconds = 60;

const plain_photo = (m: Message) =>
  m.media.length > 0 && !m.text && !m.subject && !m.deleted_at && m.media.every(f => f.type === 'photo');
const same_side = (a: Message, b: Message) =>
  a.direction === b.direction &&
  a.channel === b.channel &&
  a.author?.id === b.author?.id &&
  a.writer === b.writer &&
  a.automatic === b.automatic;

export function items_of(messages: Message[], events: LeadEvent[]): Item[] {
  const all: ({ at: string; m: Message } | { at: string; e: LeadEvent })[] = [
    ...messages.map(m => ({ at: m.at, m })),
    ...events.map(e => ({ at: e.at, e })),
  ];
  all.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const made: Item[] = [];
  let last_day = '';
  for (const one of all) {
    const today = day_key(one.at);
    if (today !== last_day) {
      last_day = today;
      made.push({ key: 'd' + today, at: one.at, is: 'day', text: day(one.at) });
    }
    const before = made[made.length - 1];
    if ('e' in one) {
      // What the rules did in one breath stands in one line.
      const quiet = one.e.kind === 'owner' || one.e.kind === 'stage';
      if (quiet && before?.is === 'events' && Date.parse(one.at) - Date.parse(before.at) < together_ms) before.of.push(one.e);
      else if (quiet) made.push({ key: one.e.kind + one.e.id, at: one.at, is: 'events', of: [one.e] });
      else made.push({ key: one.e.kind + one.e.id, at: one.at, is: 'event', of: one.e });
      continue;
    }
    const near = before?.is === 'said' && same_side(before.of, one.m) && Date.parse(one.at) - Date.parse(before.at) < together_ms;
    if (
      near &&
      before?.is === 'said' &&
      plain_photo(one.m) &&
      (one.m.group ? one.m.group === before.of.group : plain_photo(before.of) && !before.of.group) &&
      before.album.length
    ) {
      before.album.push(...one.m.media);
      continue;
    }
    made.push({ key: 'm' + one.m.id, at: one.at, is: 'said', of: one.m, album: [...one.m.media], joined: near });
  }
  return made;
}

const tick_of: Record<string, { icon: IconName; tone: string }> = {
  queued: { icon: 'clock', tone: 'faint' },
  deferred: { icon: 'clock', tone: 'faint' },
  sending: { icon: 'clock', tone: 'faint' },
  sent: { icon: 'check', tone: 'faint' },
  delivered: { icon: 'checks', tone: 'faint' },
  read: { icon: 'checks', tone: 'is-read' },
  failed: { icon: 'alert', tone: 'late' },
  unknown: { icon: 'question', tone: 'soon' },
};

export interface Mending {
  resend: (m: Message) => Promise<void>;
  dismiss: (m: Message) => Promise<void>;
}

function Bubble({
  item,
  masked,
  mend,
  reply,
}: {
  item: Item & { is: 'said' };
  masked: boolean;
  mend?: Mending | undefined;
  reply?: ((m: Message) => void) | undefined;
}) {
  const w = words.value;
  const m = item.of;
  const ours = m.direction === 'outgoing';
  const tick = ours ? tick_of[m.status] : undefined;
  const bare = !m.text && !m.subject && item.album.length > 0;
  const [busy, work] = useState(false);
  const run = (deed: (m: Message) => Promise<void>) => {
    work(true);
    void deed(m).finally(() => work(false));
  };
  return (
    <li class={`said ${ours ? 'ours' : 'theirs'}${item.joined ? ' joined' : ''}`} data-message={m.id}>
      {!item.joined && (
        <p class="said-head small soft">
          <i class={'channel ' + m.channel} />
          <span>{channel_name(m.channel)}</span>
          {m.author && <span>· {person_name(m.author)}</span>}
          {m.writer && <span class="cut">· {m.writer}</span>}
          {m.automatic && <span class="tag">{w.automatic}</span>}
        </p>
      )}
      <div class={`bubble${bare ? ' bare' : ''}${m.deleted_at ? ' is-deleted' : ''}${m.status === 'failed' ? ' is-failed' : ''}`}>
        {m.subject && !m.text.startsWith(m.subject) && <p class="strong words">{m.subject}</p>}
        <MediaParts of={item.album} />
        {m.text && <p class="words">{m.text}</p>}
        {m.location && (
          <p class="line">
            <Icon name="link" />
            {w.location}: {m.location.latitude.toFixed(5)}, {m.location.longitude.toFixed(5)}
          </p>
        )}
        {!m.text && !item.album.length && !m.location && (
          <p class="soft">
            {masked ? w.masked : m.sticker ? w.sticker : ((w[m.type as 'text'] as string | undefined) ?? m.type)}
          </p>
        )}
        {m.quoted && (
          <details class="quoted">
            <summary class="small soft">{w.quoted}</summary>
            <p class="words small soft">{m.quoted}</p>
          </details>
        )}
      </div>
      {m.reactions.length > 0 && <p class="reactions">{m.reactions.join(' ')}</p>}
      <p class="said-foot small faint">
        <At at={m.at} />
        {m.late_by !== null && m.late_by > late_seconds && (
          <span class="tag soon" title={w.came_late_more(length(m.late_by * 1000))}>
            {w.came_late}
          </span>
        )}
        {m.deleted_at ? <span>{w.deleted}</span> : m.edited_at && <span title={m.original}>{w.edited}</span>}
        {tick && (
          <span class={'tick ' + tick.tone} title={w.statuses[m.status]}>
            <Icon name={tick.icon} size={13} />
            <span class={m.status === 'failed' || m.status === 'unknown' ? '' : 'unseen'}>{w.statuses[m.status]}</span>
          </span>
        )}
        {ours && m.reason && (m.held || m.status === 'failed') && <span class="late">{m.reason}</span>}
        {reply && !ours && !m.deleted_at && (
          <button type="button" class="link said-reply" aria-label={w.answer_this} title={w.answer_this} onClick={() => reply(m)}>
            <Icon name="reply" size={13} />
          </button>
        )}
        {mend && m.held && ours && (
          <>
            <button
              type="button"
              class="link"
              disabled={busy}
              title={m.status === 'unknown' ? w.resend_more : ''}
              onClick={() => run(mend.resend)}
            >
              {w.resend}
            </button>
            <button type="button" class="link" disabled={busy} onClick={() => run(mend.dismiss)}>
              {w.dismiss}
            </button>
          </>
        )}
      </p>
    </li>
  );
}

const event_icons: Record<LeadEvent['kind'], IconName> = {
  activity: 'bag',
  note: 'note',
  action: 'check',
  conversion: 'check',
  stage: 'pipeline',
  owner: 'user',
  call: 'calls',
};

function said_of(e: LeadEvent) {
  const w = words.value;
  switch (e.kind) {
    case 'stage':
      return w.events.stage(e.from ? stage_name(e.from) : '', stage_name(e.to));
    case 'owner':
      return w.events.owner(e.to);
    case 'note':
      return w.events.note;
    case 'action':
      return `${w.action_types[e.what] ?? e.what}${e.outcome ? `, ${w.outcomes[e.outcome] ?? e.outcome}` : ''}`;
    case 'conversion':
      return `${w.events.conversion}: ${w.conversion_types[e.what] ?? e.what}`;
    case 'activity':
      return `${w.events.activity}: ${e.what.replaceAll('_', ' ')}`;
    default:
      return e.what;
  }
}

function Event({ of: e }: { of: LeadEvent }) {
  if (e.kind === 'call' && e.call)
    return (
      <li class="event-call">
        <CallLine call={e.call} />
      </li>
    );
  if (e.kind === 'note')
    return (
      <li class="event-note">
        <p class="small soft line">
          <Icon name="note" size={13} />
          {e.who && <span>{person_name(e.who)}</span>}
          <At at={e.at} class="faint" />
        </p>
        <p class="words">{e.text || words.value.masked}</p>
      </li>
    );
  return (
    <li class="event small soft">
      <Icon name={event_icons[e.kind]} size={13} />
      <span>
        {e.who ? person_name(e.who) + ': ' : ''}
        {said_of(e)}
        {e.value !== null && <strong> {money(e.value, e.currency)}</strong>}
        {e.text ? <span class="faint"> — {reason_words(e.text)}</span> : null}
      </span>
      <At at={e.at} class="faint" />
    </li>
  );
}

function Changes({ of }: { of: LeadEvent[] }) {
  const w = words.value;
  const first = of[0];
  if (!first) return null;
  const text = of
    .map(said_of)
    .filter((t, i, all) => all.indexOf(t) === i)
    .join(' · ');
  return (
    <li class="event small soft" title={of.map(e => `${clock(e.at)} ${said_of(e)}${e.text ? ' — ' + e.text : ''}`).join('\n')}>
      <Icon name={event_icons[first.kind]} size={13} />
      <span>
        {first.who ? person_name(first.who) : w.events.rules}: {text}
      </span>
      <At at={first.at} class="faint" />
    </li>
  );
}

const at_end_px = 48;

/// Stays at its end while somebody is there, and where it is while they read further up; what came meanwhile is said at the edge.
export function Timeline({
  id,
  messages,
  events,
  earlier,
  load_earlier,
  masked,
  mend,
  reply,
  empty,
}: {
  id: number;
  messages: Message[];
  events: LeadEvent[];
  earlier: boolean;
  load_earlier: () => Promise<void>;
  masked: boolean;
  mend?: Mending;
  reply?: ((m: Message) => void) | undefined;
  empty: ComponentChildren;
}) {
  const w = words.value;
  const box = useRef<HTMLDivElement>(null);
  const items = useMemo(() => items_of(messages, events), [messages, events, w]);
  const at_end = useRef(true);
  const seen_top = useRef(0);
  const from_end = useRef<number | null>(null);
  const [news, tell] = useState(false);
  const last = items[items.length - 1]?.key + ':' + messages.length;
  const to_end = () => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  };
  useLayoutEffect(() => {
    at_end.current = true;
    tell(false);
    to_end();
  }, [id]);
  useLayoutEffect(() => {
    const at = box.current;
    if (!at) return;
    if (from_end.current !== null) {
      at.scrollTop = at.scrollHeight - from_end.current;
      from_end.current = null;
    } else if (at_end.current) to_end();
    else tell(true);
  }, [last]);
  useEffect(() => {
    const inner = box.current?.firstElementChild;
    if (!inner) return;
    const watch = new ResizeObserver(() => {
      if (at_end.current) to_end();
    });
    watch.observe(inner);
    if (box.current) watch.observe(box.current);
    return () => watch.disconnect();
  }, [id, items.length > 0]);
  if (!items.length) return <div class="timeline-box">{empty}</div>;
  return (
    <div class="timeline-box">
      <div
        class="timeline-scroll"
        ref={box}
        tabIndex={0}
        role="log"
        aria-label={w.history}
        onScroll={e => {
          const at = e.currentTarget;
          // Only who scrolls up leaves the end: a photo that has come moves it away too, and says so by the same event.
          const near = at.scrollHeight - at.scrollTop - at.clientHeight < at_end_px;
          if (near || at.scrollTop < seen_top.current) at_end.current = near;
          seen_top.current = at.scrollTop;
          if (at_end.current) tell(false);
        }}
      >
        <ol class="timeline">
          <li class="timeline-begin">
            {earlier ? (
              <button
                type="button"
                class="button quiet small"
                onClick={() => {
                  if (box.current) from_end.current = box.current.scrollHeight - box.current.scrollTop;
                  void load_earlier();
                }}
              >
                {w.earlier}
              </button>
            ) : (
              <span class="small faint">{w.beginning}</span>
            )}
          </li>
          {items.map(item =>
            item.is === 'day' ? (
              <li class="day small" key={item.key}>
                <time title={exact(item.at)}>{item.text}</time>
              </li>
            ) : item.is === 'said' ? (
              <Bubble key={item.key} item={item} masked={masked} mend={mend} reply={reply} />
            ) : item.is === 'events' ? (
              <Changes key={item.key} of={item.of} />
            ) : (
              <Event key={item.key} of={item.of} />
            ),
          )}
        </ol>
      </div>
      {news && (
        <button
          type="button"
          class="pill timeline-news"
          onClick={() => {
            to_end();
            tell(false);
          }}
        >
          <Icon name="down" size={14} />
          {w.newer}
        </button>
      )}
    </div>
  );
}
