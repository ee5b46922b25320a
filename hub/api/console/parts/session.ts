// Who is signed in, and how the screen looks to them.
import { signal } from '@preact/signals';
import { choose_language } from '../words';
import { call, get, type Me, on_session_end, Problem } from './api';
import { on_signed_out, start_live, stop_live } from './live';
import { forget_all, offline } from './query';

export const me = signal<Me | null>(null);
export const ready = signal(false);
export const ended = signal(false);

export type Theme = 'light' | 'dark' | 'system';
export const theme = signal<Theme>((localStorage.getItem('theme') as Theme | null) ?? 'system');

export function choose_theme(to: Theme) {
  theme.value = to;
  localStorage.setItem('theme', to);
  if (to === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = to;
}
choose_theme(theme.value);

function take(who: Me) {
  me.value = who;
  ended.value = false;
  if (!localStorage.getItem('language')) choose_language(who.language);
  start_live();
}

export async function sign_in(email: string, password: string) {
  take(await call<Me>('POST', '/session', { email, password }));
}

export async function sign_out() {
  await call('DELETE', '/session').catch(e => {
    if (!(e instanceof Problem) || e.status !== 401) throw e;
  });
  leave();
}

function leave() {
  stop_live();
  forget_all();
  me.value = null;
}

function end() {
  ended.value = me.value !== null;
  leave();
}
on_session_end(end);
on_signed_out(end);

export async function begin() {
  try {
    take(await get<Me>('/session'));
  } catch (e) {
    offline.value = e instanceof Problem && e.status === 0;
  }
  ready.value = true;
}

export const may = (...roles: Me['role'][]) => me.value !== null && roles.includes(me.value.role);
