// The one way to the API. Throws `problem`; a request that never got an answer is a problem with status 0.
import type { components } from 'leadyard-schema';

type S = components['schemas'];
export type Me = S['me'];
export type Lead = S['lead'];
export type LeadPage = S['lead_page'];
export type LeadDetail = S['lead_detail'];
export type Message = S['message'];
export type LeadEvent = S['lead_event'];
export type TimelinePage = S['timeline_page'];
export type Media = S['media'];
export type Person = S['person'];
export type Task = S['task'];
export type Call = S['call'];
export type Vehicle = S['vehicle'];
export type Customer = S['customer'];
export type CustomerRow = S['customer_row'];
export type Schemas = S;

export class Problem extends Error {
  constructor(
    public status: number,
    message: string,
    public field = '',
    public data: unknown = null,
  ) {
    super(message);
  }
}

/// What a person did since the last request; only that keeps a session alive, not a page that was left open.
let active = true;
for (const kind of ['pointerdown', 'keydown', 'wheel', 'touchstart'])
  addEventListener(
    kind,
    () => {
      active = true;
    },
    { passive: true },
  );

const ended = new Set<() => void>();
export const on_session_end = (told: () => void) => ended.add(told);

interface Asked {
  background?: boolean;
  /// The answer holds a secret: the server must not keep it for a repeated request.
  secret?: boolean;
  signal?: AbortSignal;
}

export async function call<T>(method: string, path: string, body?: unknown, asked: Asked = {}): Promise<T> {
  const head: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET' && !asked.secret) head['Idempotency-Key'] = crypto.randomUUID?.() ?? String(Date.now()) + String(Math.random()).slice(2);
  if (asked.background && !active) head['Leadyard-Background'] = 'true';
  if (asked.background) active = false;
  let sent: BodyInit | null = null;
  if (body instanceof Blob) {
    sent = body;
    head['Content-Type'] = body.type || 'application/octet-stream';
  } else if (body !== undefined) {
    sent = JSON.stringify(body);
    head['Content-Type'] = 'application/json';
  }
  let answer: Response;
  try {
    answer = await fetch('/api/v1' + path, {
      method,
      headers: head,
      body: sent,
      credentials: 'same-origin',
      signal: asked.signal ?? null,
    });
  } catch (e) {
    throw new Problem(0, e instanceof Error ? e.message : String(e));
  }
  const data: unknown = answer.status === 204 || answer.status === 304 ? null : await answer.json().catch(() => null);
  if (answer.ok) return data as T;
  const said = (data ?? {}) as { title?: string; detail?: string; field?: string };
  if (answer.status === 401 && path !== '/session') for (const told of ended) told();
  throw new Problem(answer.status, said.detail || said.title || answer.statusText, said.field, data);
}

export const get = <T>(path: string, asked?: Asked) => call<T>('GET', path, undefined, asked);
export const post = <T>(path: string, body?: unknown) => call<T>('POST', path, body);
/// Of something that is shown once.
export const post_secret = <T>(path: string, body?: unknown) => call<T>('POST', path, body, { secret: true });
export const patch = <T>(path: string, body: unknown) => call<T>('PATCH', path, body);

/// "?a=1&b=x" of what is not empty.
export function query_of(of: Record<string, string | number | undefined | null>) {
  const made = new URLSearchParams();
  for (const [name, value] of Object.entries(of))
    if (value !== undefined && value !== null && value !== '') made.set(name, String(value));
  const text = made.toString();
  return text && '?' + text;
}
