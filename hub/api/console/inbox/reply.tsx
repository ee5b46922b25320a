// The reply box: says in which channel it answers, keeps its draft in this browser, takes files by drag and paste, and plans a call or a
// task in two keys.
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { words } from '../words';
import { call, type Lead, type LeadDetail, type Message, post, Problem, type Schemas } from '../parts/api';
import { Popover } from '../parts/form';
import { Icon } from '../parts/icons';
import { useKeys } from '../parts/keys';
import { after_change, is_mine, is_open } from '../parts/lead_deeds';
import { refresh, useQuery } from '../parts/query';
import { say, say_problem } from '../parts/states';
import { bytes, channel_name, lead_name, length, now } from '../parts/text';

export const focus_reply = () => document.querySelector<HTMLElement>('[data-reply]')?.focus();

const draft_key = (lead: number) => `draft-${lead}`;
const conversing = new Set(['viber', 'whatsapp', 'telegram', 'email']);
const whatsapp_window_ms = 24 * 3_600_000;
const most_files = 10;
/// Known once the server has said that it takes no replies.
const no_replies = signal(false);

interface Chosen {
  file: File;
  url: string;
  id: number | null;
  problem: string;
}
interface SavedReply {
  id: number;
  title?: string;
  name?: string;
  text: string;
}

function planned_at(when: 'hour' | 'tomorrow' | 'monday') {
  const at = new Date();
  if (when === 'hour') return new Date(at.getTime() + 3_600_000);
  at.setHours(10, 0, 0, 0);
  do at.setDate(at.getDate() + 1);
  while (when === 'monday' && at.getDay() !== 1);
  return at;
}

/// The menu's entries by their number, from the moment it is open.
function Numbered() {
  const press = (n: number) =>
    document.querySelectorAll<HTMLElement>('.reply .menu button, .reply-none .menu button')[n]?.click();
  useKeys(Object.fromEntries([1, 2, 3, 4, 5, 6].map(n => [String(n), () => press(n - 1)])));
  return null;
}

function Plan({ lead, open, set }: { lead: Lead; open: boolean; set: (to: boolean) => void }) {
  const w = words.value;
  const times: [Parameters<typeof planned_at>[0], string][] = [
    ['hour', w.in_an_hour],
    ['tomorrow', w.tomorrow],
    ['monday', w.monday],
  ];
  const plan = (kind: Schemas['task_given']['kind'], title: string, when: Parameters<typeof planned_at>[0]) =>
    post(`/leads/${lead.id}/tasks`, {
      kind,
      title: `${title}: ${lead_name(lead)}`.slice(0, 200),
      due_at: planned_at(when).toISOString(),
    })
      .then(() => {
        say(w.planned);
        void refresh('/tasks');
        return refresh(`/leads/${lead.id}`);
      })
      .catch(say_problem);
  return (
    <Popover label={w.schedule} align="up" name="button quiet icon small" open={open} set={set} button={<Icon name="clock" />}>
      {close => (
        <div class="menu">
          <Numbered />
          {(
            [
              ['call', w.plan_call],
              ['follow_up', w.plan_task],
            ] as const
          ).map(([kind, title], k) => (
            <div key={kind}>
              <span class="legend">{title}</span>
              {times.map(([when, text], i) => (
                <button
                  type="button"
                  key={when}
                  onClick={() => {
                    close();
                    void plan(kind, title, when);
                  }}
                >
                  {text}
                  <span class="after">
                    <kbd>{k * 3 + i + 1}</kbd>
                  </span>
                </button>
              ))}
            </div>
          ))}
        </div>
      )}
    </Popover>
  );
}

function Saved({ take }: { take: (text: string) => void }) {
  const w = words.value;
  return (
    <Popover label={w.saved_replies} align="up" name="button quiet icon small" button={<Icon name="saved" />}>
      {close => (
        <SavedList
          take={text => {
            close();
            take(text);
          }}
        />
      )}
    </Popover>
  );
}
function SavedList({ take }: { take: (text: string) => void }) {
  const w = words.value;
  const saved = useQuery<SavedReply[] | { replies: SavedReply[] }>('/saved-replies');
  const data = saved.data.value;
  if (saved.problem.value)
    return <p class="soft small">{saved.problem.value.status === 404 ? w.not_available : saved.problem.value.message}</p>;
  const list = data === null ? [] : Array.isArray(data) ? data : data.replies;
  if (data !== null && !list.length) return <p class="soft small">{w.admin.none}</p>;
  return (
    <div class="menu">
      {list.map(r => (
        <button type="button" key={r.id} onClick={() => take(r.text)}>
          <span class="cut">{r.title ?? r.name ?? r.text}</span>
        </button>
      ))}
    </div>
  );
}

/// WhatsApp takes free text for a day after the customer's last message.
function useWindow(lead: Lead, last: Message | null) {
  if (lead.channel !== 'whatsapp' || !last) return null;
  const from = last.direction === 'incoming' ? last.at : (lead.unanswered_since ?? null);
  if (!from) return null;
  return Date.parse(from) + whatsapp_window_ms - now.value;
}

export function ReplyBox({ lead, vehicles, last }: { lead: Lead; vehicles: LeadDetail['vehicles']; last: Message | null }) {
  const w = words.value;
  const [text, set_text] = useState(() => localStorage.getItem(draft_key(lead.id)) ?? '');
  const [files, set_files] = useState<Chosen[]>([]);
  const [vehicle, attach_vehicle] = useState<LeadDetail['vehicles'][number] | null>(null);
  const [over, drag] = useState(false);
  const [busy, work] = useState(false);
  const [planning, plan] = useState(false);
  const [problem, refuse] = useState('');
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const left = useWindow(lead, last);
  useKeys({ t: () => plan(true) });

  useEffect(() => {
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
      for (const f of files) URL.revokeObjectURL(f.url);
    },
    [],
  );

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
    const room = most_files - files.length;
    set_files(now => [
      ...now,
      ...[...list]
        .slice(0, room)
        .map(file => ({ file, url: file.type.startsWith('image/') ? URL.createObjectURL(file) : '', id: null, problem: '' })),
    ]);
  };
  const send = async () => {
    if (busy || (!text.trim() && !files.length && !vehicle)) return;
    work(true);
    refuse('');
    try {
      const media: number[] = [];
      for (const f of files) {
        f.id ??= (await call<{ id: number }>('POST', `/media?name=${encodeURIComponent(f.file.name)}`, f.file)).id;
        media.push(f.id);
      }
      await post(`/leads/${lead.id}/messages`, {
        text,
        ...(media.length ? { media } : {}),
        ...(vehicle ? { vehicle_photos: vehicle.id } : {}),
      });
      set_text('');
      set_files([]);
      attach_vehicle(null);
      await after_change();
    } catch (e) {
      const missing = e instanceof Problem && (e.status === 404 || e.status === 405) && !/lead/.test(e.message);
      const uploading = files.some(f => f.id === null);
      no_replies.value = missing && !uploading;
      refuse(
        missing && uploading
          ? `${w.attach}: ${w.not_available.toLowerCase()}`
          : e instanceof Problem && e.status
            ? e.message
            : w.offline,
      );
    }
    work(false);
    area.current?.focus();
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
      {left !== null &&
        (left <= 0 ? (
          <p class="reply-window late small">{w.window_closed}</p>
        ) : (
          left < 4 * 3_600_000 && <p class="reply-window soon small">{w.window_open(length(left))}</p>
        ))}
      <div class="reply-box">
        <textarea
          ref={area}
          data-reply
          class="reply-text"
          rows={1}
          value={text}
          aria-label={w.reply_to(channel_name(channel))}
          placeholder={w.reply_hint}
          maxLength={65536}
          onInput={e => set_text(e.currentTarget.value)}
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
            if (e.key === 'j' && (e.ctrlKey || e.metaKey)) {
              e.preventDefault();
              plan(true);
            }
          }}
        />
        {(files.length > 0 || vehicle) && (
          <ul class="reply-files">
            {files.map((f, i) => (
              <li key={i} class="tag">
                {f.url ? <img src={f.url} alt="" /> : <Icon name="file" size={13} />}
                <span class="cut">{f.file.name}</span>
                <span class="faint">{bytes(f.file.size)}</span>
                <button
                  type="button"
                  class="link"
                  aria-label={`${w.remove} ${f.file.name}`}
                  onClick={() => set_files(now => now.filter(o => o !== f))}
                >
                  <Icon name="close" size={12} />
                </button>
              </li>
            ))}
            {vehicle && (
              <li class="tag">
                <Icon name="vehicles" size={13} />
                <span class="cut">
                  {w.from_stock}: {vehicle.title}
                </span>
                <button type="button" class="link" aria-label={w.remove} onClick={() => attach_vehicle(null)}>
                  <Icon name="close" size={12} />
                </button>
              </li>
            )}
          </ul>
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
            take={t => {
              set_text(now => (now ? now + '\n' : '') + t);
              area.current?.focus();
            }}
          />
          {vehicles.length > 0 && (
            <Popover label={w.from_stock} align="up" name="button quiet icon small" button={<Icon name="vehicles" />}>
              {close => (
                <div class="menu">
                  {vehicles.map(v => (
                    <button
                      type="button"
                      key={v.id}
                      onClick={() => {
                        attach_vehicle(v);
                        close();
                      }}
                    >
                      <span class="cut">{v.title}</span>
                    </button>
                  ))}
                </div>
              )}
            </Popover>
          )}
          <Plan lead={lead} open={planning} set={plan} />
          <span class="grow small faint cut reply-note">
            {problem ? (
              <span class="problem" role="alert">
                {no_replies.value ? w.reply_none : problem}
              </span>
            ) : !lead.owner ? (
              w.reply_claims
            ) : (
              ''
            )}
          </span>
          <button type="submit" class="button primary small" disabled={busy || (!text.trim() && !files.length && !vehicle)}>
            <Icon name="send" size={14} />
            {w.send}
          </button>
        </div>
      </div>
      {over && <p class="reply-drop">{w.drop}</p>}
    </form>
  );
}
