// Keys: a page says which it answers while it is shown. Not while somebody types, and not with Ctrl, Alt or Meta.
import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';

export type Keys = Record<string, () => void>;

const layers: { current: Keys }[] = [];
export const help = signal(false);
let chord = '';
let chord_timer = 0;

const writes = (at: EventTarget | null) =>
  at instanceof HTMLElement &&
  (at.isContentEditable || at.matches('textarea, select, input:not([type=checkbox]):not([type=radio]):not([type=button])'));

/// On a Ukrainian layout the same key says another letter: the key's place decides.
const letter = (event: KeyboardEvent) =>
  /^Key[A-Z]$/.test(event.code) && !/^[a-z]$/i.test(event.key) ? event.code.slice(3).toLowerCase() : event.key;

addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (writes(event.target)) {
    if (event.key === 'Escape' && event.target instanceof HTMLElement && !event.defaultPrevented) event.target.blur();
    return;
  }
  if (event.defaultPrevented) return;
  const key = letter(event);
  if (key === 'Enter' && event.target instanceof HTMLElement && event.target.closest('button, a, summary')) return;
  const name = chord ? `${chord} ${key}` : key;
  chord = '';
  window.clearTimeout(chord_timer);
  for (let i = layers.length - 1; i >= 0; --i) {
    const run = layers[i]?.current[name];
    if (!run) continue;
    event.preventDefault();
    run();
    return;
  }
  if (key === 'g') {
    chord = 'g';
    chord_timer = window.setTimeout(() => {
      chord = '';
    }, 1200);
  }
});

export function useKeys(keys: Keys) {
  const held = useRef(keys);
  held.current = keys;
  useLayoutEffect(() => {
    layers.push(held);
    return () => {
      layers.splice(layers.indexOf(held), 1);
    };
  }, []);
}
