// "Chrome on Linux", of what a browser says of itself (its User-Agent). A program that is no browser says its own name first.
import { words } from '../words';

// Those that also name the one they are made from stand before it.
const browsers: [RegExp, string][] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\bOPR\/|\bOPT\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bYaBrowser\//, 'Yandex Browser'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/(Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const systems: [RegExp, string][] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

export function browser_name(agent: string) {
  const first = (of: [RegExp, string][]) => of.find(([says]) => says.test(agent))?.[1];
  const w = words.value.you_page;
  const browser = first(browsers),
    system = first(systems);
  if (browser && system) return w.browser_on(browser, system);
  return browser ?? system ?? (/^[\w. -]+/.exec(agent)?.[0].trim() || w.unknown_program);
}
