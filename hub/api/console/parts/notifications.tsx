// What the person was told: the bell with its count, the list, the sound. Looking at the list is having seen it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { words } from '../words';
import { post, type Schemas } from './api';
import { Popover } from './form';
import { Icon } from './icons';
import { speaks_for_all } from './live';
import { refresh, useQuery } from './query';
import { me } from './session';
import { Empty, Loaded, say_problem } from './states';
import { Ago } from './text';

const path = '/notifications?limit=40';
const useTold = () => useQuery<Schemas['notification_page']>(path);
export const useUnseen = () => useTold().data.value?.unseen ?? 0;

/// In the person's language what the hub wrote; what is of another form stays as it is.
function told_words(n: Schemas['notification']) {
  const w = words.value.told;
  if (n.kind === 'task_due') return n.text.replace(/^Due: /, w.due + ': ');
  if (n.lead_id === null) return words.value.call_review.told[n.kind] ?? n.text;
  return n.kind === 'lead_new' ? w.lead_new(n.lead_id) : n.kind === 'first_response_missed' ? w.missed(n.lead_id) : n.text;
}

/// Two short notes; a browser that has not been touched yet stays silent.
function sound() {
  const audio = new AudioContext();
  const loud = audio.createGain();
  loud.gain.value = 0.06;
  loud.connect(audio.destination);
  [660, 880].forEach((hertz, i) => {
    const note = audio.createOscillator();
    note.frequency.value = hertz;
    note.connect(loud);
    note.start(audio.currentTime + i * 0.12);
    note.stop(audio.currentTime + i * 0.12 + 0.1);
    if (i) note.onended = () => void audio.close();
  });
}

/// Sounds once for each time something newer than before is there, in one window of the browser.
export function Sounding() {
  const page = useTold().data.value;
  const newest = page?.notifications[0];
  const heard = useRef<number | null>(null);
  useEffect(() => {
    if (!page) return;
    const before = heard.current;
    heard.current = newest?.id ?? 0;
    if (before !== null && newest && newest.id > before && !newest.seen_at && me.value?.sound && speaks_for_all()) sound();
  }, [page]);
  return null;
}

export function Told({ close }: { close?: () => void }) {
  const w = words.value;
  const told = useTold();
  const page = told.data.value;
  const [fresh, keep] = useState<Set<number>>(new Set());
  const newest = page?.notifications[0]?.id;
  useEffect(() => {
    if (!page?.unseen || newest === undefined) return;
    const unseen = page.notifications.filter(n => !n.seen_at).map(n => n.id);
    keep(before => new Set([...before, ...unseen]));
    void post('/notifications/seen', { up_to: newest })
      .then(() => refresh('/notifications'))
      .catch(say_problem);
  }, [newest]);
  return (
    <Loaded of={told}>
      {data =>
        data.notifications.length === 0 ? (
          <Empty icon="bell" title={w.told.empty} more={w.told.empty_more} />
        ) : (
          <ul class="told">
            {data.notifications.map(n => (
              <li key={n.id} class={fresh.has(n.id) || !n.seen_at ? 'is-fresh' : ''}>
                <a class="told-line" href={n.call_id ? `#/calls/${n.call_id}` : n.lead_id ? `#/inbox/${n.lead_id}` : undefined} onClick={close}>
                  <span class="words">{told_words(n)}</span>
                  <Ago at={n.at} class="small faint" />
                </a>
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

export function Bell() {
  const w = words.value;
  const unseen = useUnseen();
  return (
    <Popover
      label={unseen ? `${w.told.title}: ${w.told.unseen(unseen)}` : w.told.title}
      name="rail-link bell"
      align="up"
      button={
        <>
          <Icon name="bell" size={18} />
          {unseen > 0 && <span class="rail-count">{unseen > 99 ? '99+' : unseen}</span>}
        </>
      }
    >
      {close => (
        <div class="told-box">
          <h2>{w.told.title}</h2>
          <Told close={close} />
        </div>
      )}
    </Popover>
  );
}
