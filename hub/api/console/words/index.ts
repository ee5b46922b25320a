// The words of the chosen language: the person's own, else what this browser was told, else what it prefers.
import { computed, signal } from '@preact/signals';
import { en, type Words } from './en';
import { uk } from './uk';

export type Language = 'uk' | 'en';

const kept = localStorage.getItem('language');
const preferred = navigator.languages
  .find(l => /^(uk|en)/i.test(l))
  ?.slice(0, 2)
  .toLowerCase();

export const language = signal<Language>((kept ?? preferred) === 'en' ? 'en' : (kept ?? preferred) === 'uk' ? 'uk' : 'en');
export const words = computed<Words>(() => (language.value === 'uk' ? uk : en));
export const region = computed(() => (language.value === 'uk' ? 'uk-UA' : 'en-GB'));

export function choose_language(to: string) {
  if (to !== 'uk' && to !== 'en') return;
  language.value = to;
  localStorage.setItem('language', to);
  document.documentElement.lang = to;
}
document.documentElement.lang = language.value;
