// A call's review: points for each criterion with the seconds of the recording that show it, what whoever talked answers to it.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { language, words } from '../words';
import { type Call, patch, post, type Schemas } from '../parts/api';
import { may_score_calls, ScoreTag } from '../parts/call';
import { Form } from '../parts/form';
import { Icon } from '../parts/icons';
import { useKeys } from '../parts/keys';
import type { Player } from '../parts/media';
import { Section } from '../parts/panel';
import { refresh, useQuery } from '../parts/query';
import { me } from '../parts/session';
import { say_problem } from '../parts/states';
import { Ago, exact, number, person_name, talked } from '../parts/text';

type Review = Schemas['call_review'];
type Criterion = Schemas['criterion'];
type Reviewed = Pick<Call, 'id' | 'manager' | 'recording'>;
type Hold = { current: Player | null };

/// A criterion as it is being scored. `points` null: does not apply; undefined: not thought about yet.
interface Given {
  points?: number | null;
  at: number[];
  comment: string;
}

const name_of = (of: { uk: string; en: string }) => (language.value === 'uk' ? of.uk : of.en);
const most_seconds = 20;

function Seconds({ at, player, drop }: { at: number[]; player: Hold | null; drop?: (second: number) => void }) {
  const w = words.value.call_review;
  if (!at.length) return null;
  return (
    <span class="cited">
      {at.map(second => (
        <span class="cited-one" key={second}>
          <button
            type="button"
            class="cited-jump"
            disabled={!player}
            aria-label={w.jump(talked(second))}
            title={player ? w.jump(talked(second)) : w.no_jump}
            onClick={() => player?.current?.jump(second)}
          >
            {player && <Icon name="play" size={10} />}
            {talked(second)}
          </button>
          {drop && (
            <button type="button" class="cited-drop" aria-label={w.drop(talked(second))} onClick={() => drop(second)}>
              <Icon name="close" size={10} />
            </button>
          )}
        </span>
      ))}
    </span>
  );
}

function Shown({ of, call, player, edit }: { of: Review; call: Reviewed; player: Hold | null; edit: () => void }) {
  const w = words.value,
    r = w.call_review;
  const [answering, answer] = useState(false);
  const mine = of.reviewer.id === me.value?.id;
  const to_me = call.manager?.id === me.value?.id;
  return (
    <article class="review" aria-label={r.by(person_name(of.reviewer))}>
      <header class="line">
        <ScoreTag score={of.score} />
        <span class="small soft grow words">
          {person_name(of.reviewer)} · <Ago at={of.changed_at ?? of.at} />
          {of.changed_at && ` · ${r.changed}`}
          {!to_me && !of.answered_at && (
            <span title={of.seen_at ? exact(of.seen_at) : undefined}> · {of.seen_at ? r.seen : r.unseen}</span>
          )}
        </span>
        {mine && !of.answered_at && (
          <button type="button" class="button quiet small" onClick={edit}>
            {w.edit}
          </button>
        )}
      </header>
      <ul class="review-lines">
        {of.criteria.map(c => (
          <li key={c.key}>
            <span class="review-name">{name_of(c)}</span>
            <span class={'review-points' + (c.points === null ? ' faint small' : '')}>
              {c.points === null ? r.not_applied : `${c.points}/${c.max}`}
            </span>
            {(c.at.length > 0 || c.comment) && (
              <span class="review-more">
                <Seconds at={c.at} player={player} />
                {c.comment && <span class="words soft">{c.comment}</span>}
              </span>
            )}
          </li>
        ))}
      </ul>
      {of.feedback && <p class="words">{of.feedback}</p>}
      {of.answer && (
        <div class="review-answer">
          <p class="small soft">
            {person_name(call.manager)} · {of.answered_at && <Ago at={of.answered_at} />}
          </p>
          <p class="words">{of.answer}</p>
        </div>
      )}
      {to_me &&
        !of.answered_at &&
        (answering ? (
          <Form
            verb={r.answer}
            cancel={() => answer(false)}
            fields={[{ name: 'text', label: r.your_answer, type: 'textarea', required: true, most: 2000, hint: r.answer_once }]}
            send={v => post(`/call-reviews/${of.id}/answer`, { text: v['text'] })}
            done={() => void refresh('/calls')}
          />
        ) : (
          <button type="button" class="button review-verb" onClick={() => answer(true)}>
            {r.answer}
          </button>
        ))}
    </article>
  );
}

function Points({ of, given, set }: { of: Criterion; given: Given; set: (points: number | null) => void }) {
  const r = words.value.call_review;
  return (
    <div class="points" role="radiogroup" aria-label={name_of(of)}>
      {Array.from({ length: of.max + 1 }, (_, points) => (
        <button
          key={points}
          type="button"
          class="point"
          role="radio"
          aria-checked={given.points === points}
          onClick={() => set(points)}
        >
          {points}
        </button>
      ))}
      <button
        type="button"
        class="point is-wide"
        role="radio"
        aria-checked={given.points === null}
        onClick={() => set(null)}
      >
        {r.not_applied}
      </button>
    </div>
  );
}

function Scoring({
  call,
  criteria,
  before,
  player,
  leave,
}: {
  call: Reviewed;
  criteria: Criterion[];
  before?: Review;
  player: Hold | null;
  leave?: () => void;
}) {
  const w = words.value,
    r = w.call_review;
  const [given, set] = useState<Given[]>(() =>
    criteria.map(c => {
      const was = before?.criteria.find(b => b.key === c.key);
      return was ? { points: was.points, at: was.at, comment: was.comment } : { at: [], comment: '' };
    }),
  );
  const [feedback, write] = useState(before?.feedback ?? '');
  const [now, turn] = useState(0);
  const [busy, work] = useState(false);
  const rows = useRef<HTMLUListElement>(null);
  const change = (i: number, by: (g: Given) => Given) => {
    turn(i);
    set(all => all.map((g, n) => (n === i ? by(g) : g)));
  };
  const cite = (i: number) => {
    const at = player?.current?.at();
    if (at === undefined) return;
    const second = Math.floor(at);
    change(i, g =>
      g.at.includes(second) || g.at.length >= most_seconds ? g : { ...g, at: [...g.at, second].sort((a, b) => a - b) },
    );
  };
  const score = (points: number) => {
    if (points <= (criteria[now]?.max ?? -1)) change(now, g => ({ ...g, points }));
  };
  const go = (to: number) => {
    turn(to);
    const row = rows.current?.children[to];
    row?.querySelector<HTMLElement>('[aria-checked="true"], .point')?.focus();
    row?.scrollIntoView({ block: 'nearest' });
  };
  useKeys({
    c: () => cite(now),
    p: () => player?.current?.toggle(),
    n: () => go((now + 1) % criteria.length),
    ...Object.fromEntries(Array.from({ length: 10 }, (_, k) => [String(k), () => score(k)])),
  });
  let points = 0,
    most = 0;
  given.forEach((g, i) => {
    if (typeof g.points !== 'number') return;
    points += g.points;
    most += criteria[i]!.max;
  });
  const open = given.filter(g => g.points === undefined).length;
  const send = async () => {
    work(true);
    const body = {
      criteria: criteria.map((c, i) => ({ key: c.key, ...given[i]!, points: given[i]!.points ?? null })),
      feedback,
    };
    try {
      await (before ? patch(`/call-reviews/${before.id}`, body) : post(`/calls/${call.id}/reviews`, body));
      leave?.();
      await refresh('/calls');
    } catch (e) {
      say_problem(e);
    }
    work(false);
  };
  return (
    <form
      class="scoring"
      aria-label={r.score_it}
      onSubmit={e => {
        e.preventDefault();
        if (!busy && most && !open) void send();
      }}
    >
      <p class={'small soft scoring-keys' + (player ? ' is-keys' : '')}>{player ? r.keys : r.no_recording}</p>
      <ul ref={rows}>
        {criteria.map((c, i) => {
          const g = given[i]!;
          return (
            <li key={c.key} class={'scored' + (i === now ? ' is-now' : '')} onFocusIn={() => turn(i)} onPointerDown={() => turn(i)}>
              <span class="scored-name">{name_of(c)}</span>
              <Points of={c} given={g} set={to => change(i, was => ({ ...was, points: to }))} />
              <span class="scored-more">
                {player && (
                  <button type="button" class="button small" onClick={() => cite(i)}>
                    <Icon name="add" size={12} />
                    {r.cite}
                  </button>
                )}
                <Seconds
                  at={g.at}
                  player={player}
                  drop={second => change(i, was => ({ ...was, at: was.at.filter(s => s !== second) }))}
                />
                <input
                  class="input"
                  value={g.comment}
                  maxLength={1000}
                  placeholder={r.comment}
                  aria-label={`${r.comment}: ${name_of(c)}`}
                  onInput={e => {
                    const comment = e.currentTarget.value;
                    change(i, was => ({ ...was, comment }));
                  }}
                />
              </span>
            </li>
          );
        })}
      </ul>
      <label class="field">
        <span>
          {r.feedback}
          <span class="faint"> · {w.optional}</span>
        </span>
        <textarea class="input" rows={3} maxLength={2000} value={feedback} onInput={e => write(e.currentTarget.value)} />
      </label>
      <div class="line scoring-end">
        <span class="grow soft small" role="status">
          {most > 0 && <ScoreTag score={(100 * points) / most} />}
          {open > 0 ? r.left(open) : most ? `${number(points)}/${number(most)}` : r.none_applies}
        </span>
        {leave && (
          <button type="button" class="button quiet" onClick={leave}>
            {w.cancel}
          </button>
        )}
        <button type="submit" class="button primary" disabled={busy || !most || open > 0}>
          {before ? w.save : r.send}
        </button>
      </div>
    </form>
  );
}

/// For whoever talked, and those who may score the call; the server decides, and others are shown `otherwise`.
export function ReviewPanel({
  call,
  player,
  note,
  otherwise,
}: {
  call: Reviewed;
  player: Hold;
  note?: string;
  otherwise?: ComponentChildren;
}) {
  const r = words.value.call_review;
  const mine = call.manager?.id === me.value?.id;
  const found = useQuery<Schemas['call_reviews']>(mine || may_score_calls() ? `/calls/${call.id}/reviews` : null);
  const [doing, turn] = useState<'' | 'new' | number>('');
  const data = found.data.value;
  const changing = data?.reviews.find(v => v.id === doing);
  // Answered meanwhile: what is being changed stays as it is.
  useEffect(() => {
    if (changing?.answered_at) turn('');
  }, [changing?.answered_at]);
  if (!data || (!data.reviews.length && !data.may_review)) return <>{otherwise}</>;
  const has_sound = call.recording?.state === 'stored' && call.recording.id !== null;
  const hold = has_sound ? player : null;
  const cites = data.reviews.some(v => v.criteria.some(c => c.at.length));
  return (
    <Section
      first={note !== undefined}
      title={r.title}
      count={data.reviews.length}
      add={
        data.may_review && doing !== 'new' ? (
          <button type="button" class="button small" onClick={() => turn('new')}>
            {r.score_it}
          </button>
        ) : undefined
      }
    >
      {(note || (!hold && cites)) && <p class="small soft">{note ?? r.no_jump}</p>}
      {data.reviews.map(v =>
        v.id === doing ? (
          <Scoring
            key={v.id}
            call={call}
            before={v}
            criteria={data.criteria}
            player={hold}
            leave={() => turn('')}
          />
        ) : (
          <Shown key={v.id} of={v} call={call} player={hold} edit={() => turn(v.id)} />
        ),
      )}
      {data.may_review && doing === 'new' && (
        <Scoring call={call} criteria={data.criteria} player={hold} leave={() => turn('')} />
      )}
      {data.may_review && !data.reviews.length && doing !== 'new' && <p class="small soft">{r.none_yet}</p>}
    </Section>
  );
}
