// A call as it stands in a timeline and in the list of calls: who rang whom, how it ended, its recording, calling back.
import { useState } from 'preact/hooks';
import { words } from '../words';
import { type Call, post } from './api';
import { Icon } from './icons';
import { Sound } from './media';
import { refresh } from './query';
import { say, say_problem } from './states';
import { may } from './session';
import { At, customer_name, number, person_name, talked } from './text';

export const is_missed = (call: Call) => call.status === 'missed' || call.status === 'voicemail';
export const caller_name = (call: Call) => (call.customer ? customer_name(call.customer, 'call') : words.value.hidden_number);

export const may_score_calls = () => may('supervisor', 'admin');

/// What a call was scored, of a hundred.
export function ScoreTag({ score }: { score: number }) {
  const label = words.value.call_review.score(number(Math.round(score)));
  return (
    <span class={'tag ' + (score >= 80 ? 'done' : score >= 60 ? 'soon' : 'late')} title={label}>
      <span class="unseen">{words.value.call_review.title}: </span>
      {Math.round(score)} %
    </span>
  );
}

export function CallBack({ call, small }: { call: Call; small?: boolean }) {
  const [busy, work] = useState(false);
  if (!call.customer || call.masked || call.status === 'ringing' || call.status === 'answered') return null;
  const ring = async () => {
    work(true);
    try {
      await post(`/calls/${call.id}/call-back`);
      say(words.value.calling);
      void refresh('/calls');
    } catch (e) {
      say_problem(e);
    }
    work(false);
  };
  return (
    <button
      type="button"
      class={'button' + (small ? ' small' : '')}
      disabled={busy}
      onClick={e => {
        e.stopPropagation();
        void ring();
      }}
    >
      <Icon name="calls" size={14} />
      {words.value.call_customer}
    </button>
  );
}

export function CallLine({ call }: { call: Call }) {
  const w = words.value;
  const missed = is_missed(call);
  return (
    <div class={'call-card' + (missed ? ' is-missed' : '')}>
      <div class="line">
        <span class={'call-mark ' + (missed ? 'late' : 'soft')}>
          <Icon name={missed ? 'missed' : 'calls'} />
        </span>
        <div class="grow">
          <p class="line">
            <span class="strong">{w.call_directions[call.direction]}</span>
            <span class={missed ? 'late' : 'soft'}>
              {w.call_status[call.status]}
              {call.talk_seconds ? ` · ${talked(call.talk_seconds)}` : ''}
            </span>
          </p>
          <p class="small soft line">
            <At at={call.at} />
            {call.manager && <span>· {person_name(call.manager)}</span>}
            {call.line && <span class="cut">· {call.line}</span>}
            {missed && call.wait_seconds !== null && (
              <span>
                · {w.waited} {talked(call.wait_seconds)}
              </span>
            )}
          </p>
        </div>
        {call.score !== null && (
          <a href={`#/calls/${call.id}`}>
            <ScoreTag score={call.score} />
          </a>
        )}
        {missed && <CallBack call={call} small />}
      </div>
      {call.recording &&
        (call.recording.state === 'stored' && call.recording.id !== null ? (
          <Sound id={call.recording.id} label={w.recording} seconds={call.talk_seconds} />
        ) : (
          <p class="small faint">
            {w.recording}: {w.media[call.recording.state]}
          </p>
        ))}
    </div>
  );
}
