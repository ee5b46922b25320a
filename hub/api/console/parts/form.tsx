// One form for all pages: fields with their label above, the server's refusal beside the field it names.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { words } from '../words';
import { Problem } from './api';
import { Icon } from './icons';

type Values = Record<string, string>;
export interface FieldOf {
  name: string;
  label: string;
  type?: 'text' | 'email' | 'password' | 'number' | 'date' | 'datetime-local' | 'url' | 'textarea' | 'select' | 'chips';
  options?: [string, string][];
  required?: boolean;
  value?: string;
  hint?: string;
  most?: number;
  half?: boolean;
  step?: string;
  min?: string;
  autocomplete?: string;
}

export function Field({
  of,
  value,
  set,
  problem,
  first,
}: {
  of: FieldOf;
  value: string;
  set: (v: string) => void;
  problem: string;
  first?: boolean;
}) {
  const at = useRef<HTMLElement>(null);
  useEffect(() => {
    if (first) at.current?.focus();
  }, []);
  const shared = {
    ref: at as never,
    class: 'input',
    name: of.name,
    value,
    required: of.required,
    maxLength: of.most,
    'aria-invalid': problem ? ('true' as const) : undefined,
    autoComplete: of.autocomplete ?? 'off',
    onInput: (e: JSX.TargetedEvent<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>) => set(e.currentTarget.value),
  };
  if (of.type === 'chips')
    return (
      <div class="field" role="radiogroup" aria-label={of.label}>
        <span>{of.label}</span>
        <div class="chips">
          {of.options?.map(([id, text], i) => (
            <button
              key={id}
              type="button"
              ref={i === 0 ? (at as never) : undefined}
              class="chip-button"
              role="radio"
              aria-checked={value === id}
              onClick={() => set(id)}
            >
              {text}
            </button>
          ))}
        </div>
        {problem && <small class="problem">{problem}</small>}
      </div>
    );
  return (
    <label class="field">
      <span>
        {of.label}
        {!of.required && of.type !== 'select' && <span class="faint"> · {words.value.optional}</span>}
      </span>
      {of.type === 'textarea' ? (
        <textarea {...shared} rows={3} />
      ) : of.type === 'select' ? (
        <select {...shared}>
          {of.options?.map(([id, text]) => (
            <option key={id} value={id}>
              {text}
            </option>
          ))}
        </select>
      ) : (
        <input {...shared} type={of.type ?? 'text'} step={of.step} min={of.min} />
      )}
      {of.hint && <small>{of.hint}</small>}
      {problem && <small class="problem">{problem}</small>}
    </label>
  );
}

/// `send` gets what was filled in; what it throws stands beside the field it names, or above the buttons.
export function Form({
  fields,
  send,
  done,
  cancel,
  verb,
  children,
  danger,
}: {
  fields: FieldOf[];
  send: (values: Values) => Promise<unknown>;
  done?: () => void;
  cancel?: () => void;
  verb?: string;
  children?: ComponentChildren;
  danger?: boolean;
}) {
  const [values, set] = useState<Values>(() => Object.fromEntries(fields.map(f => [f.name, f.value ?? ''])));
  const [problem, refuse] = useState<Problem | null>(null);
  const [busy, work] = useState(false);
  const w = words.value;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    work(true);
    refuse(null);
    try {
      await send(values);
      done?.();
    } catch (e) {
      refuse(e instanceof Problem ? e : new Problem(0, String(e)));
    }
    work(false);
  };
  const draw = (f: FieldOf, first: boolean) => (
    <Field
      key={f.name}
      of={f}
      value={values[f.name] ?? ''}
      set={v => set(before => ({ ...before, [f.name]: v }))}
      problem={problem?.field === f.name ? problem.message : ''}
      first={first && cancel !== undefined}
    />
  );
  // One that opens at the end of a column is shown whole.
  const at = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (cancel) at.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  const rows: ComponentChildren[] = [];
  for (let i = 0; i < fields.length; ++i) {
    const one = fields[i]!,
      two = fields[i + 1];
    if (one.half && two?.half)
      (rows.push(
        <div class="two" key={one.name}>
          {draw(one, i === 0)}
          {draw(two, false)}
        </div>,
      ),
        ++i);
    else rows.push(draw(one, i === 0));
  }
  const named = problem && fields.some(f => f.name === problem.field);
  return (
    <form
      ref={at}
      class="form"
      onSubmit={submit}
      onKeyDown={e => {
        if (e.key === 'Escape' && cancel) {
          e.preventDefault();
          e.stopPropagation();
          cancel();
        }
      }}
    >
      {rows}
      {children}
      {problem && !named && (
        <p class="problem" role="alert">
          {problem.status ? problem.message : w.offline}
        </p>
      )}
      <div class="ends">
        {cancel && (
          <button type="button" class="button quiet" onClick={cancel}>
            {w.cancel}
          </button>
        )}
        <button type="submit" class={'button ' + (danger ? 'danger' : 'primary')} disabled={busy}>
          {verb ?? w.save}
        </button>
      </div>
    </form>
  );
}

/// What floats beside its button: a menu, a short form. Leaves with Escape or a click elsewhere.
export function Popover({
  label,
  button,
  children,
  align,
  name,
  open,
  set,
}: {
  label: string;
  button: ComponentChildren;
  children: (close: () => void) => ComponentChildren;
  align?: 'left' | 'right' | 'up';
  name?: string;
  open?: boolean;
  set?: (to: boolean) => void;
}) {
  const [own, set_own] = useState(false);
  const shown = open ?? own;
  const turn = set ?? set_own;
  const box = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  // Before the next key can be pressed, so that it is the menu's and not written into what was left.
  useLayoutEffect(() => {
    if (!shown) return;
    const outside = (e: Event) => {
      if (!box.current?.contains(e.target as Node)) turn(false);
    };
    addEventListener('pointerdown', outside);
    if (!box.current?.querySelector('.popover :focus'))
      box.current?.querySelector<HTMLElement>('.popover input, .popover textarea, .popover select, .popover button')?.focus();
    return () => removeEventListener('pointerdown', outside);
  }, [shown]);
  const close = () => {
    turn(false);
    opener.current?.focus();
  };
  return (
    <div
      class="popover-box"
      ref={box}
      onKeyDown={e => {
        if (!shown) return;
        if (e.key === 'Escape') {
          e.preventDefault();
          e.stopPropagation();
          close();
        }
        if ((e.key === 'ArrowDown' || e.key === 'ArrowUp') && !(e.target instanceof HTMLTextAreaElement)) {
          const items = [...(box.current?.querySelectorAll<HTMLElement>('.popover .menu button, .popover .menu a') ?? [])];
          if (!items.length) return;
          e.preventDefault();
          const at = items.indexOf(document.activeElement as HTMLElement);
          items[(at + (e.key === 'ArrowDown' ? 1 : items.length - 1 + (at < 0 ? 1 : 0))) % items.length]?.focus();
        }
      }}
    >
      <button
        ref={opener}
        type="button"
        class={name ?? 'button'}
        aria-haspopup="true"
        aria-expanded={shown}
        aria-label={label}
        title={label}
        onClick={() => turn(!shown)}
      >
        {button}
      </button>
      {shown && <div class={'popover ' + (align ?? 'left')}>{children(close)}</div>}
    </div>
  );
}

export function Search({
  value,
  set,
  label,
  slash,
}: {
  value: string;
  set: (v: string) => void;
  label: string;
  slash?: boolean;
}) {
  const [text, type] = useState(value);
  useEffect(() => {
    type(value);
  }, [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => set(text.trim()), 220);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <label class="search">
      <Icon name="search" />
      <input
        class="input"
        type="search"
        value={text}
        placeholder={label}
        aria-label={label}
        maxLength={200}
        onInput={e => type(e.currentTarget.value)}
        data-search
      />
      {slash && <kbd>/</kbd>}
    </label>
  );
}
export const focus_search = () => document.querySelector<HTMLElement>('[data-search]')?.focus();

export function Tabs<T extends string>({
  chosen,
  choose,
  of,
  label,
}: {
  chosen: T;
  choose: (t: T) => void;
  of: [T, string, number?][];
  label: string;
}) {
  const row = useRef<HTMLDivElement>(null);
  // On a phone the chosen one may stand beyond the edge.
  useEffect(() => {
    const at = row.current?.querySelector<HTMLElement>('[aria-pressed="true"]');
    if (at && row.current) row.current.scrollLeft = at.offsetLeft - row.current.offsetLeft - 24;
  }, [chosen]);
  return (
    <div class="tabs" ref={row} role="group" aria-label={label}>
      {of.map(([id, text, count]) => (
        <button key={id} type="button" aria-pressed={id === chosen} onClick={() => choose(id)}>
          {text}
          {count ? <span class="count">{count}</span> : null}
        </button>
      ))}
    </div>
  );
}

/// A button with a plus that opens a form for one more of something.
export function AddForm({
  label,
  face,
  fields,
  send,
}: {
  label: string;
  face?: ComponentChildren;
  fields: FieldOf[];
  send: (values: Values) => Promise<unknown>;
}) {
  return (
    <Popover
      label={label}
      align="right"
      button={
        <>
          <Icon name="add" />
          {face ?? label}
        </>
      }
    >
      {close => <Form verb={words.value.add} cancel={close} done={close} fields={fields} send={send} />}
    </Popover>
  );
}
