// Signing in, and setting a password by a link. What the server refuses is said as it says it: how long to wait, or that the two
// do not match.
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { choose_language, language, words } from '../words';
import { get, post_secret, Problem, type Schemas } from './api';
import { Form } from './form';
import { go, place } from './route';
import { ended, me, sign_in, sign_out } from './session';
import { Logo } from './shell';
import { say } from './states';

/// Whose password was set here a moment ago.
const just_set = signal('');

function Door({ title, more, children }: { title: string; more: string; children: ComponentChildren }) {
  const w = words.value;
  return (
    <main class="sign-in">
      <div class="form">
        <div class="sign-in-head">
          <Logo size={36} />
          <h1>{title}</h1>
          <p class="soft">{more}</p>
        </div>
        {children}
      </div>
      <div class="tabs" role="group" aria-label={w.language}>
        <button type="button" lang="uk" aria-pressed={language.value === 'uk'} onClick={() => choose_language('uk')}>
          Українська
        </button>
        <button type="button" lang="en" aria-pressed={language.value === 'en'} onClick={() => choose_language('en')}>
          English
        </button>
      </div>
    </main>
  );
}

export function NewPassword() {
  const w = words.value.new_password;
  const [gone, lose] = useState(false);
  const send = async (v: Record<string, string>) => {
    if (v['password'] !== v['again']) throw new Problem(0, w.differs, 'again');
    const body = { token: place.value.path[1] ?? '', password: v['password'] };
    const made = await post_secret<Schemas['password_set']>('/password', body).catch((e: unknown) => {
      if (e instanceof Problem && e.status === 410) lose(true);
      throw e;
    });
    just_set.value = made.email;
    if (me.value) await sign_out();
    say(w.done);
    go('inbox', {}, true);
  };
  return (
    <Door title={w.title} more={w.more}>
      {gone ? (
        <>
          <p class="problem" role="alert">
            {w.gone}
          </p>
          <button type="button" class="button" onClick={() => go('inbox', {}, true)}>
            {w.to_sign_in}
          </button>
        </>
      ) : (
        <Form
          verb={w.set}
          fields={[
            {
              name: 'password',
              label: words.value.you_page.new_one,
              type: 'password',
              required: true,
              most: 1024,
              autocomplete: 'new-password',
            },
            { name: 'again', label: w.again, type: 'password', required: true, most: 1024, autocomplete: 'new-password' },
          ]}
          send={send}
        />
      )}
    </Door>
  );
}

/// Says the same whoever asks for whomever.
function AskForLink({ back }: { back: () => void }) {
  const w = words.value,
    n = w.new_password;
  const [sent, send] = useState(false);
  return (
    <Door title={n.ask_title} more={n.ask_more}>
      {sent ? (
        <>
          <p role="status">{n.ask_sent}</p>
          <button type="button" class="button" onClick={back}>
            {n.to_sign_in}
          </button>
        </>
      ) : (
        <Form
          verb={n.ask_send}
          cancel={back}
          fields={[{ name: 'email', label: w.email, type: 'email', required: true, most: 254, autocomplete: 'username' }]}
          send={async v => {
            await post_secret('/password/ask', v);
            send(true);
          }}
        />
      )}
    </Door>
  );
}

function Forgot({ ask }: { ask: () => void }) {
  const n = words.value.new_password;
  const [by_mail, know] = useState<boolean | null>(null);
  useEffect(() => {
    void get<Schemas['password_help']>('/password')
      .then(h => know(h.by_mail))
      .catch(() => know(null));
  }, []);
  if (by_mail === null) return null;
  if (!by_mail) return <p class="small faint">{n.forgot} {n.ask_admin}</p>;
  return (
    <button type="button" class="link small" onClick={ask}>
      {n.forgot}
    </button>
  );
}

export function SignIn() {
  const [asks, ask] = useState(false);
  return asks ? <AskForLink back={() => ask(false)} /> : <Credentials ask={() => ask(true)} />;
}

function Credentials({ ask }: { ask: () => void }) {
  const w = words.value;
  const [email, set_email] = useState(just_set.value);
  const [password, set_password] = useState('');
  const [problem, refuse] = useState(ended.value ? w.ended : '');
  const [busy, work] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  const second = useRef<HTMLInputElement>(null);
  useEffect(() => (email ? second : first).current?.focus(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    work(true);
    refuse('');
    try {
      await sign_in(email, password);
    } catch (e) {
      refuse(e instanceof Problem && e.status ? e.message : w.offline);
      work(false);
    }
  };
  return (
    <Door title="Leadyard" more={w.tagline}>
      <form class="form" onSubmit={submit}>
        <label class="field">
          <span>{w.email}</span>
          <input
            ref={first}
            class="input"
            type="email"
            name="email"
            autoComplete="username"
            required
            maxLength={254}
            value={email}
            onInput={e => set_email(e.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>{w.password}</span>
          <input
            ref={second}
            class="input"
            type="password"
            name="password"
            autoComplete="current-password"
            required
            maxLength={1024}
            value={password}
            onInput={e => set_password(e.currentTarget.value)}
          />
        </label>
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" class="button primary" disabled={busy}>
          {w.sign_in}
        </button>
        <Forgot ask={ask} />
      </form>
    </Door>
  );
}
