// Files of messages and vehicles: galleries, a viewer over the page, sound played where it stands. Bytes come from /media/{id}, which
// decides who may have them.
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { words } from '../words';
import type { Media } from './api';
import { download_all } from './download';
import { Icon } from './icons';
import { useKeys } from './keys';
import { say_problem } from './states';
import { bytes, talked } from './text';

export const media_url = (id: number) => `/api/v1/media/${id}`;
/// A small picture where the hub makes them, else the original.
export const thumbnail_url = (id: number, size: 96 | 240 | 480 | 960) => `${media_url(id)}/thumbnail?size=${size}`;

export const is_picture = (m: Media) => m.state === 'stored' && /^image\/(?!svg)/.test(m.file_type);
const is_sound = (m: Media) => m.file_type.startsWith('audio/') || (m.type === 'voice_note' && !m.file_type.startsWith('video/'));

interface Shown {
  ids: { id: number; name: string }[];
  at: number;
}
const shown = signal<Shown | null>(null);
export const show_pictures = (ids: Shown['ids'], at: number) => {
  shown.value = { ids, at };
};

/// Pictures are asked for when they are seen, and those that are near when everything seen is drawn: a browser's own lazy loading reaches
/// several screens ahead, and on a slow line what somebody looks at then waits for what nobody sees.
const near_px = '200px';
const settled_ms = 100;
const waiting = new Map<Element, () => void>();
const undrawn = new Set<Element>();
const near = new Set<Element>();
function leave(at: Element) {
  for (const w of [seen_watcher, near_watcher]) w.unobserve(at);
  waiting.delete(at);
  near.delete(at);
}
function ask(at: Element) {
  const come = waiting.get(at);
  leave(at);
  if (come) undrawn.add(at);
  come?.();
}
/// `at` is drawn, cannot be, or has left the page.
function drawn(at: Element) {
  undrawn.delete(at);
  ask_near();
}
function ask_near() {
  if (!undrawn.size) for (const at of near) ask(at);
}
const watch = (seen: (at: Element) => void, rootMargin: string, after: () => void) =>
  new IntersectionObserver(
    all => {
      for (const one of all) if (one.isIntersecting) seen(one.target);
      after();
    },
    { rootMargin, scrollMargin: rootMargin } as IntersectionObserverInit,
  );
const seen_watcher = watch(ask, '0px', () => {});
const near_watcher = watch(
  at => near.add(at),
  near_px,
  () => setTimeout(ask_near, settled_ms),
);
function useNear<E extends Element>() {
  const at = useRef<E>(null);
  const [come, set_come] = useState(false);
  useEffect(() => {
    const it = at.current;
    if (!it) return;
    waiting.set(it, () => set_come(true));
    for (const w of [seen_watcher, near_watcher]) w.observe(it);
    return () => {
      leave(it);
      drawn(it);
    };
  }, []);
  return [at, come, () => at.current && drawn(at.current)] as const;
}

function Picture({ id, name, all, at }: { id: number; name: string; all: Shown['ids']; at: number }) {
  const [failed, fail] = useState(false);
  const [is_drawn, set_drawn] = useState(false);
  const address = thumbnail_url(id, all.length > 1 ? 240 : 480);
  const [box, come, done] = useNear<HTMLButtonElement>();
  return (
    <button ref={box} type="button" class={`picture${is_drawn ? ' is-drawn' : ''}`} onClick={() => show_pictures(all, at)} aria-label={`${words.value.photo} ${name}`}>
      {failed ? (
        <span class="picture-none">
          <Icon name="photo" size={20} />
        </span>
      ) : (
        <img
          {...(come ? { src: address } : {})}
          alt=""
          decoding="async"
          onLoad={() => {
            set_drawn(true);
            done();
          }}
          onError={e => {
            done();
            if (e.currentTarget.src.endsWith(media_url(id))) fail(true);
            else e.currentTarget.src = media_url(id);
          }}
        />
      )}
    </button>
  );
}

const most_shown = 6;
export function Gallery({ of }: { of: { id: number; name: string }[] }) {
  const seen = of.length > most_shown ? of.slice(0, most_shown) : of;
  return (
    <div class={`gallery count-${Math.min(seen.length, 3)}`}>
      {seen.map((m, i) => (
        <div class="gallery-item" key={m.id}>
          <Picture id={m.id} name={m.name} all={of} at={i} />
          {i === most_shown - 1 && of.length > most_shown && <span class="gallery-more">+{of.length - most_shown + 1}</span>}
        </div>
      ))}
    </div>
  );
}

/// What may be done with the picture that is shown; `leave` closes the viewer.
type Deeds = (file: Shown['ids'][number], leave: () => void) => ComponentChildren;

function DownloadAll({ ids }: { ids: number[] }) {
  const w = words.value;
  const [busy, set_busy] = useState(false);
  const label = `${w.download_all} (${ids.length})`;
  return (
    <button
      type="button"
      class="button quiet icon"
      aria-label={label}
      title={label}
      disabled={busy}
      onClick={() => {
        set_busy(true);
        void download_all(ids, w.photos(ids.length))
          .catch(say_problem)
          .finally(() => set_busy(false));
      }}
    >
      <Icon name="download" />
    </button>
  );
}

/// Over the page; arrows turn, Escape leaves.
export function Viewer({ deeds }: { deeds: Deeds }) {
  const of = shown.value;
  return of && <ViewerOpen of={of} deeds={deeds} />;
}
function ViewerOpen({ of, deeds }: { of: Shown; deeds: Deeds }) {
  const w = words.value;
  const one = of.ids[of.at];
  const turn = (by: number) => {
    shown.value = { ...of, at: (of.at + by + of.ids.length) % of.ids.length };
  };
  const close = () => {
    shown.value = null;
  };
  useKeys({ ArrowRight: () => turn(1), ArrowLeft: () => turn(-1), j: () => turn(1), k: () => turn(-1), Escape: close });
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    first.current?.focus();
    return () => before?.focus();
  }, []);
  if (!one) return null;
  return (
    <div
      class="viewer"
      role="dialog"
      aria-modal="true"
      aria-label={one.name || w.photo}
      onClick={e => {
        if (e.target === e.currentTarget) close();
      }}
    >
      <header>
        <span class="cut">{one.name}</span>
        <span>{of.ids.length > 1 ? `${of.at + 1} / ${of.ids.length}` : ''}</span>
        <span class="grow" />
        {of.ids.length > 1 && <DownloadAll ids={of.ids.map(i => i.id)} />}
        {deeds(one, close)}
        <a
          class="button quiet icon"
          href={media_url(one.id)}
          target="_blank"
          rel="noopener"
          aria-label={w.open_original}
          title={w.open_original}
        >
          <Icon name="external" />
        </a>
        <button ref={first} type="button" class="button quiet icon" aria-label={w.close} onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <img src={media_url(one.id)} alt={one.name || w.photo} />
      {of.ids.length > 1 && (
        <>
          <button type="button" class="viewer-turn left" aria-label={w.previous} onClick={() => turn(-1)}>
            <Icon name="back" size={22} />
          </button>
          <button type="button" class="viewer-turn right" aria-label={w.next} onClick={() => turn(1)}>
            <Icon name="right" size={22} />
          </button>
        </>
      )}
    </div>
  );
}

let playing: HTMLAudioElement | null = null;
const speeds = [1, 1.5, 2];

/// For whoever stands beside the sound: where it is, and taking it elsewhere. Seconds.
export interface Player {
  at: () => number;
  jump: (to: number) => void;
  toggle: () => void;
}

export function Sound({ id, label, seconds, hold }: { id: number; label: string; seconds?: number | null; hold?: { current: Player | null } }) {
  const w = words.value;
  const audio = useRef<HTMLAudioElement>(null);
  const [on, set_on] = useState(false);
  const [at, set_at] = useState(0);
  const [whole, set_whole] = useState(seconds ?? 0);
  const [speed, set_speed] = useState(1);
  const [failed, fail] = useState(false);
  const toggle = () => {
    const a = audio.current;
    if (!a) return;
    if (!a.paused) return a.pause();
    if (playing && playing !== a) playing.pause();
    playing = a;
    a.playbackRate = speed;
    void a.play().catch(() => fail(true));
  };
  if (hold)
    hold.current = {
      at: () => audio.current?.currentTime ?? 0,
      jump: to => {
        if (!audio.current) return;
        audio.current.currentTime = to;
        set_at(to);
        if (audio.current.paused) toggle();
      },
      toggle,
    };
  return (
    <div class="sound">
      <audio
        ref={audio}
        src={media_url(id)}
        preload="none"
        onPlay={() => set_on(true)}
        onPause={() => set_on(false)}
        onEnded={() => set_at(0)}
        onError={() => fail(true)}
        onTimeUpdate={e => set_at(e.currentTarget.currentTime)}
        onLoadedMetadata={e => {
          if (Number.isFinite(e.currentTarget.duration)) set_whole(e.currentTarget.duration);
        }}
      />
      <button type="button" class="sound-play" aria-label={`${on ? w.pause : w.play}: ${label}`} onClick={toggle}>
        <Icon name={on ? 'pause' : 'play'} size={14} />
      </button>
      <input
        type="range"
        class="sound-at"
        min={0}
        max={Math.max(whole, 0.1)}
        step={0.1}
        value={at}
        aria-label={label}
        onInput={e => {
          if (audio.current) audio.current.currentTime = Number(e.currentTarget.value);
        }}
      />
      <span class="small soft sound-time">{talked(at || !whole ? at : whole)}</span>
      <button
        type="button"
        class="sound-speed"
        aria-label={w.speed}
        onClick={() => {
          const next = speeds[(speeds.indexOf(speed) + 1) % speeds.length] ?? 1;
          set_speed(next);
          if (audio.current) audio.current.playbackRate = next;
        }}
      >
        {speed}×
      </button>
      {failed && (
        <a class="link small" href={media_url(id)} download>
          {w.download}
        </a>
      )}
    </div>
  );
}

function FileLine({ of }: { of: Media }) {
  const w = words.value;
  const name = of.name || (w[of.type as 'photo'] as string | undefined) || w.file;
  if (of.state !== 'stored' || of.id === null)
    return (
      <span class="file is-missing" title={of.reason}>
        <Icon name={of.type === 'photo' ? 'photo' : 'file'} />
        <span class="cut">{name}</span>
        <span class="soft small">{w.media[of.state] ?? of.state}</span>
      </span>
    );
  return (
    <a class="file" href={media_url(of.id)} download>
      <Icon name="file" />
      <span class="cut">{name}</span>
      <span class="soft small">{bytes(of.size)}</span>
      <Icon name="download" size={14} />
    </a>
  );
}

/// Everything a message, or an album of them, carries.
export function MediaParts({ of }: { of: Media[] }) {
  const pictures = of.filter(m => is_picture(m) && m.id !== null).map(m => ({ id: m.id!, name: m.name }));
  return (
    <>
      {pictures.length > 0 && <Gallery of={pictures} />}
      {of
        .filter(m => !is_picture(m))
        .map(m =>
          m.state === 'stored' && m.id !== null && is_sound(m) ? (
            <Sound key={m.part + m.id} id={m.id} label={words.value.voice_note} />
          ) : m.state === 'stored' && m.id !== null && m.file_type.startsWith('video/') ? (
            <video key={m.part + m.id} class="film" src={media_url(m.id)} controls preload="metadata" />
          ) : (
            <FileLine key={m.part + m.id} of={m} />
          ),
        )}
    </>
  );
}
