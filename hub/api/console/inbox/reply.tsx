// The reply box: says in which channel it answers, keeps its draft in this browser, takes files by drag, paste and button, pictures of
// the stock and saved texts. What the server refuses stands above its buttons in the server's words; nothing written is lost by it.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { words } from '../words';
import { call, type Lead, type LeadDetail, type Message, post, Problem } from '../parts/api';
import { Icon } from '../parts/icons';
import { useKeys } from '../parts/keys';
import { after_change, is_mine, is_open } from '../parts/lead_deeds';
import { thumbnail_url } from '../parts/media';
import { bytes, channel_name, length, now } from '../parts/text';
import { Plan } from './plan';
import { Saved } from './saved';
import { conversing, handed } from './send_on';
import { type StoredFile, StockPhotos } from './stock_photos';
import { Templates } from './templates';

export const focus_reply = () => document.querySelector<HTMLElement>('[data-reply]')?.focus();

const draft_key = (lead: number) => `draft-${lead}`;
const whatsapp_window_ms = 24 * 3_600_000;
const most_files = 10;
const typing_every_ms = 3000;

/// A file to be sent. It goes into the store as soon as it is chosen; `stored` settles with its id there.
interface Chosen {
  name: string;
  size: number;
  picture: string;
  stored: Promise<number>;
  id: number | null;
  problem: string;
}

/// A picture that the hub has already.
const kept_file = (of: { id: number; name: string; size?: number }): Chosen => ({
  name: of.name || words.value.photo,
  size: of.size ?? 0,
  picture: thumbnail_url(of.id, 96),
  stored: Promise.resolve(of.id),
  id: of.id,
  problem: '',
});

const problem_text = (e: unknown) => (e instanceof Problem && e.status ? e.message : words.value.offline);

/// WhatsApp takes free text for a day after the customer's last message.
function useWindow(lead: Lead, last: Message | null) {
  if (lead.channel !== 'whatsapp' || !last) return null;
  const from = last.direction === 'incoming' ? last.at : (lead.unanswered_since ?? null);
  if (!from) return null;
  return Date.parse(from) + whatsapp_window_ms - now.value;
}

export function ReplyBox({
  lead,
  vehicles,
  last,
  answered,
  answer,
}: {
  lead: Lead;
  vehicles: LeadDetail['vehicles'];
  last: Message | null;
  answered: Message | null;
  answer: (m: Message | null) => void;
}) {
  const w = words.value;
  const [text, set_text] = useState(() => localStorage.getItem(draft_key(lead.id)) ?? '');
  const [files, set_files] = useState<Chosen[]>([]);
  const [over, drag] = useState(false);
  const [busy, work] = useState(false);
  const [planning, plan] = useState(false);
  const [problem, refuse] = useState('');
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const told_at = useRef(0);
  const kept = useRef<Chosen[]>([]);
  kept.current = files;
  // The server knows of every message; who asks it after the window has closed hears so.
  const [shut, close] = useState(false);
  const left = useWindow(lead, last);
  const closed = shut || (left !== null && left <= 0);
  useKeys({ t: () => plan(true) });

  // Before anything else can happen: a reload right after the last key keeps that, too.
  useLayoutEffect(() => {
    if (text) localStorage.setItem(draft_key(lead.id), text);
    else localStorage.removeItem(draft_key(lead.id));
    const at = area.current;
    if (at) {
      at.style.height = 'auto';
      at.style.height = `${Math.min(220, at.scrollHeight + 2)}px`;
    }
  }, [text]);
  useEffect(
    () => () => {
      for (const f of kept.current) URL.revokeObjectURL(f.picture);
    },
    [],
  );
  const sent_on = handed.value?.lead === lead.id ? handed.value.file : null;
  useEffect(() => {
    if (!sent_on) return;
    handed.value = null;
    add([kept_file(sent_on)]);
    area.current?.focus();
  }, [sent_on]);
  // A new word of the customer's opens it again.
  useEffect(() => close(false), [lead.unanswered_since]);
  useEffect(() => {
    if (answered) area.current?.focus();
  }, [answered?.id]);

  const add = (more: Chosen[]) => set_files(before => [...before, ...more].slice(0, most_files));
  if (!is_open(lead)) return null;
  const channel = last?.channel && conversing.has(last.channel) ? last.channel : lead.channel;
  if (!conversing.has(channel))
    return (
      <p class="reply-none small soft">
        {w.reply_call}
        <Plan lead={lead} open={planning} set={plan} />
      </p>
    );
  if (lead.owner && !is_mine(lead)) return <p class="reply-none small soft">{w.reply_others}</p>;

  const take_files = (list: Iterable<File>) => {
    const taken = [...list].slice(0, most_files - files.length).map(file => {
      const one: Chosen = {
        name: file.name,
        size: file.size,
        picture: file.type.startsWith('image/') ? URL.createObjectURL(file) : '',
        stored: call<StoredFile>('POST', `/media?name=${encodeURIComponent(file.name.slice(-200))}`, file).then(m => m.id),
        id: null,
        problem: '',
      };
      const settle = (what: Partial<Chosen>) => {
        Object.assign(one, what);
        set_files(before => [...before]);
      };
      one.stored.then(
        id => settle({ id }),
        e => settle({ problem: problem_text(e) }),
      );
      return one;
    });
    add(taken);
  };
  const take_stored = (list: StoredFile[]) => add(list.filter(m => !files.some(f => f.id === m.id)).map(kept_file));
  const drop = (f: Chosen) => {
    URL.revokeObjectURL(f.picture);
    set_files(before => before.filter(o => o !== f));
  };
  const nothing = !text.trim() && !files.length;
  const refused = files.some(f => f.problem);
  const send = async () => {
    if (busy || nothing || refused || closed) return;
    work(true);
    refuse('');
    try {
      const media = await Promise.all(files.map(f => f.stored));
      await post(`/leads/${lead.id}/messages`, {
        text,
        ...(media.length ? { media } : {}),
        ...(answered ? { reply_to: answered.id } : {}),
      });
      for (const f of files) URL.revokeObjectURL(f.picture);
      set_text('');
      set_files([]);
      answer(null);
      await after_change();
    } catch (e) {
      if (e instanceof Problem && e.field === 'template') close(true);
      refuse(problem_text(e));
    }
    work(false);
    area.current?.focus();
  };
  // Colleagues who look at the lead see that somebody answers.
  const write = (to: string) => {
    set_text(to);
    if (!to || Date.now() - told_at.current < typing_every_ms) return;
    told_at.current = Date.now();
    void post(`/leads/${lead.id}/typing`).catch(() => {});
  };
  return (
    <form
      class={'reply' + (over ? ' is-over' : '')}
      onSubmit={e => {
        e.preventDefault();
        void send();
      }}
      onDragOver={e => {
        e.preventDefault();
        drag(true);
      }}
      onDragLeave={() => drag(false)}
      onDrop={e => {
        e.preventDefault();
        drag(false);
        take_files(e.dataTransfer?.files ?? []);
      }}
    >
      {(closed || left !== null) &&
        (closed ? (
          <div class="reply-window">
            <p class="late small">{w.window_closed}</p>
            <Templates key={lead.id} lead={lead} />
          </div>
        ) : (
          left !== null && left < 4 * 3_600_000 && <p class="reply-window soon small">{w.window_open(length(left))}</p>
        ))}
      <div class="reply-box">
        {answered && (
          <p class="reply-answered small">
            <Icon name="reply" size={13} />
            <span class="cut grow">{answered.text || (w[answered.type as 'photo'] as string | undefined) || w.photo}</span>
            <button type="button" class="link" aria-label={w.cancel} onClick={() => answer(null)}>
              <Icon name="close" size={12} />
            </button>
          </p>
        )}
        <textarea
          ref={area}
          data-reply
          class="reply-text"
          rows={1}
          value={text}
          aria-label={w.reply_to(channel_name(channel))}
          placeholder={w.reply_hint}
          maxLength={65536}
          onInput={e => write(e.currentTarget.value)}
          onPaste={e => {
            const pasted = [...(e.clipboardData?.files ?? [])];
            if (pasted.length) {
              e.preventDefault();
              take_files(pasted);
            }
          }}
          onKeyDown={e => {
            if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) {
              e.preventDefault();
              void send();
            }
            if (e.key === 'Escape' && answered) {
              e.preventDefault();
              e.stopPropagation();
              answer(null);
            }
            if (e.key === 'j' && (e.ctrlKey || e.metaKey)) {
              e.preventDefault();
              plan(true);
            }
          }}
        />
        {files.length > 0 && (
          <ul class="reply-files">
            {files.map((f, i) => (
              <li
                key={i}
                class={'tag' + (f.problem ? ' late' : '')}
                title={f.problem || f.name}
                aria-busy={f.id === null && !f.problem}
              >
                {f.picture && !f.problem ? (
                  <img src={f.picture} alt="" />
                ) : (
                  <Icon name={f.problem ? 'alert' : 'file'} size={13} />
                )}
                <span class="cut">{f.name}</span>
                {f.size > 0 && <span class="faint">{bytes(f.size)}</span>}
                <button type="button" class="link" aria-label={`${w.remove} ${f.name}`} onClick={() => drop(f)}>
                  <Icon name="close" size={12} />
                </button>
              </li>
            ))}
          </ul>
        )}
        {(problem || refused) && (
          <p class="problem small reply-problem words" role="alert">
            {[...files.filter(f => f.problem).map(f => `${f.name}: ${f.problem}`), problem].filter(Boolean).join('\n')}
          </p>
        )}
        <div class="reply-bar">
          <span class="line small soft reply-channel">
            <i class={'channel ' + channel} />
            {channel_name(channel)}
          </span>
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            onChange={e => {
              take_files(e.currentTarget.files ?? []);
              e.currentTarget.value = '';
            }}
          />
          <button
            type="button"
            class="button quiet icon small"
            aria-label={w.attach}
            title={w.attach}
            onClick={() => picker.current?.click()}
          >
            <Icon name="attach" />
          </button>
          <Saved
            lead={lead.id}
            take={t => {
              set_text(now => (now ? now + '\n' : '') + t);
              area.current?.focus();
            }}
          />
          {vehicles.length > 0 && (
            <StockPhotos vehicles={vehicles} chosen={new Set(files.flatMap(f => f.id ?? []))} take={take_stored} />
          )}
          <Plan lead={lead} open={planning} set={plan} />
          <span class="grow small faint cut reply-note">{lead.owner ? '' : w.reply_claims}</span>
          <button type="submit" class="button primary small" disabled={busy || nothing || refused || closed}>
            <Icon name="send" size={14} />
            {w.send}
          </button>
        </div>
      </div>
      {over && <p class="reply-drop">{w.drop}</p>}
    </form>
  );
}
