// Signing in. What the server refuses is said as it says it: how long to wait, or that the two do not match.
import { useEffect, useRef, useState } from 'preact/hooks';
import { choose_language, language, words } from '../words';
import { Problem } from './api';
import { ended, sign_in } from './session';
import { Logo } from './shell';

export function SignIn() {
  const w = words.value;
  const [email, set_email] = useState('');
  const [password, set_password] = useState('');
  const [problem, refuse] = useState(ended.value ? w.ended : '');
  const [busy, work] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
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
    <main class="sign-in">
      <form class="form" onSubmit={submit}>
        <div class="sign-in-head">
          <Logo size={36} />
          <h1>Leadyard</h1>
          <p class="soft">{w.tagline}</p>
        </div>
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
      </form>
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
