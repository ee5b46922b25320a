// The frame: the rail with its counts (a bar at the bottom of a phone), banners, the list of keys. And the columns that pages stand in.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { words } from '../words';
import type { Schemas } from './api';
import { focus_search, Popover } from './form';
import { Icon, type IconName } from './icons';
import { help, useKeys } from './keys';
import { live } from './live';
import { Bell, Sounding, useUnseen } from './notifications';
import { offline, useQuery } from './query';
import { go, page } from './route';
import { me, may, sign_out } from './session';
import { say_problem } from './states';
import { Face } from './text';

type PageName = keyof ReturnType<typeof pages_of> & string;
const pages_of = () => words.value.pages;

interface Link {
  name: PageName;
  icon: IconName;
  key: string;
  count?: number;
  late?: boolean;
}

export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg class="logo" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" />
      <path d="M10 8v14h12" fill="none" stroke-width="3.5" stroke-linecap="round" stroke-linejoin="round" />
      <circle cx="20.5" cy="11.5" r="3.5" />
    </svg>
  );
}

/// How much waits: read once for the rail, refreshed with everything else.
function useCounts() {
  const works = may('manager', 'supervisor');
  const counts = useQuery<Schemas['inbox_counts']>('/inbox/counts').data.value;
  const calls = useQuery<Schemas['call_page']>('/calls?status=missed&limit=50');
  const pairs = useQuery<Schemas['possible_same_page']>(works ? '/possible-same?limit=50' : null);
  const soon = Date.now() - 86_400_000;
  return {
    inbox: counts ? counts.unread + counts.unassigned.open : 0,
    tasks: counts?.tasks_due ?? 0,
    review: pairs.data.value?.pairs.filter(p => p.same === null).length ?? 0,
    calls: calls.data.value?.calls.filter(c => Date.parse(c.at) > soon).length ?? 0,
  };
}

function useLinks(): Link[] {
  const counts = useCounts();
  const links: Link[] = [
    { name: 'inbox', icon: 'inbox', key: 'i', count: counts.inbox },
    { name: 'pipeline', icon: 'pipeline', key: 'p' },
    { name: 'calls', icon: 'calls', key: 'c', count: counts.calls, late: true },
    { name: 'tasks', icon: 'tasks', key: 't', count: counts.tasks, late: true },
    { name: 'customers', icon: 'customers', key: 'u' },
    { name: 'vehicles', icon: 'vehicles', key: 'v' },
  ];
  if (may('manager', 'supervisor')) links.push({ name: 'review', icon: 'review', key: 'w', count: counts.review });
  links.push({ name: 'reports', icon: 'reports', key: 'r' }, { name: 'crm', icon: 'crm', key: 'o' });
  if (may('admin', 'supervisor')) links.push({ name: 'operations', icon: 'operations', key: 'x' });
  if (!may('manager')) links.push({ name: 'routing', icon: 'routing', key: 'l' });
  links.push({ name: 'admin', icon: 'admin', key: 'a' });
  return links;
}

function RailLink({ of, label }: { of: Link; label: string }) {
  return (
    <a
      class="rail-link"
      href={'#/' + of.name}
      aria-current={page.value === of.name ? 'page' : undefined}
      title={`${label} · g ${of.key}`}
    >
      <Icon name={of.icon} size={18} />
      <span class="rail-name">{label}</span>
      {of.count ? <span class={'rail-count' + (of.late ? ' is-late' : '')}>{of.count > 99 ? '99+' : of.count}</span> : null}
    </a>
  );
}

function You() {
  const w = words.value;
  return (
    <Popover label={me.value?.name ?? ''} name="rail-you" align="up" button={<Face name={me.value?.name ?? ''} />}>
      {close => (
        <div class="menu">
          <span class="legend">
            {me.value?.name} · {w.roles[me.value?.role ?? '']}
          </span>
          <button
            type="button"
            onClick={() => {
              close();
              go('you');
            }}
          >
            <Icon name="user" />
            {w.pages.settings}
          </button>
          <button
            type="button"
            onClick={() => {
              close();
              help.value = true;
            }}
          >
            <Icon name="keyboard" />
            {w.keys.title}
            <span class="after">
              <kbd>?</kbd>
            </span>
          </button>
          <hr />
          <button type="button" onClick={() => void sign_out().catch(say_problem)}>
            <Icon name="sign_out" />
            {w.sign_out}
          </button>
        </div>
      )}
    </Popover>
  );
}

export function Shell({ children }: { children: ComponentChildren }) {
  const w = words.value;
  const links = useLinks();
  const unseen = useUnseen();
  // A lead that waits and the notice of it are one thing.
  const total = Math.max(links.find(l => l.name === 'inbox')?.count ?? 0, unseen);
  useEffect(() => {
    const name = page.value === 'told' ? w.told.title : (w.pages[page.value as PageName] ?? '');
    document.title = (total ? `(${total}) ` : '') + `${name} · Leadyard`;
  }, [total, page.value, w]);
  useKeys({
    ...Object.fromEntries(links.map(l => [`g ${l.key}`, () => go(l.name)])),
    '?': () => {
      help.value = !help.value;
    },
    '/': focus_search,
    Escape: () => {
      if (help.value) help.value = false;
    },
  });
  const front = links.slice(0, 4),
    rest = links.slice(4);
  return (
    <div class="shell">
      <nav class="rail" aria-label={w.menu}>
        <a class="rail-logo" href="#/inbox" aria-label="Leadyard">
          <Logo size={26} />
        </a>
        {links.map(l => (
          <RailLink key={l.name} of={l} label={w.pages[l.name]} />
        ))}
        <span class="grow" />
        <Bell />
        <You />
      </nav>
      <div class="frame">
        {offline.value && (
          <p class="banner" role="status">
            <Icon name="alert" size={14} />
            {w.offline}
          </p>
        )}
        {children}
      </div>
      <nav class="bottom" aria-label={w.menu}>
        {front.map(l => (
          <RailLink key={l.name} of={l} label={w.pages[l.name]} />
        ))}
        <Popover
          label={w.pages.more}
          name={front.some(l => l.name === page.value) ? 'rail-link' : 'rail-link is-current'}
          align="up"
          button={
            <>
              <Icon name="more" size={18} />
              <span class="rail-name">{w.pages.more}</span>
              {unseen > 0 && <span class="rail-count">{unseen > 99 ? '99+' : unseen}</span>}
            </>
          }
        >
          {close => (
            <div class="menu">
              {rest.map(l => (
                <a key={l.name} href={'#/' + l.name} onClick={close}>
                  <Icon name={l.icon} />
                  {w.pages[l.name]}
                  <span class="after">{l.count || ''}</span>
                </a>
              ))}
              <hr />
              <a href="#/told" onClick={close}>
                <Icon name="bell" />
                {w.told.title}
                <span class="after">{unseen || ''}</span>
              </a>
              <a href="#/you" onClick={close}>
                <Icon name="user" />
                {w.pages.settings}
              </a>
              <button type="button" onClick={() => void sign_out().catch(say_problem)}>
                <Icon name="sign_out" />
                {w.sign_out}
              </button>
            </div>
          )}
        </Popover>
      </nav>
      <Sounding />
      {help.value && <Help links={links} />}
    </div>
  );
}

function Help({ links }: { links: Link[] }) {
  const w = words.value;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    box.current?.focus();
    return () => before?.focus();
  }, []);
  const keys: [string[], string][] = [
    [['j', 'k'], w.keys.move],
    [['enter'], w.keys.open],
    [['r'], w.keys.reply],
    [['c'], w.keys.claim],
    [['a'], w.keys.assign],
    [['e'], w.keys.stage],
    [['l'], w.keys.lose],
    [['t'], w.keys.plan],
    [['/'], w.keys.search],
    [['esc'], w.keys.leave],
    [['?'], w.keys.help],
  ];
  return (
    <aside class="help" ref={box} tabIndex={-1} aria-label={w.keys.title}>
      <header class="line spread">
        <h2>{w.keys.title}</h2>
        <button
          type="button"
          class="button quiet icon"
          aria-label={w.close}
          onClick={() => {
            help.value = false;
          }}
        >
          <Icon name="close" />
        </button>
      </header>
      <dl>
        {keys.map(([k, text]) => (
          <div key={text}>
            <dt>
              {k.map(one => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
        {links.map(l => (
          <div key={l.name}>
            <dt>
              <kbd>g</kbd>
              <kbd>{l.key}</kbd>
            </dt>
            <dd>
              {w.keys.go}: {w.pages[l.name]}
            </dd>
          </div>
        ))}
      </dl>
      {live.value === 'polling' && <p class="small faint">{w.polling}</p>}
    </aside>
  );
}

/// The columns of a page: a list, the work, what is known besides. On a phone the one that `show` names.
export function Columns({
  list,
  work,
  context,
  show,
}: {
  list?: ComponentChildren;
  work: ComponentChildren;
  context?: ComponentChildren;
  show: 'list' | 'work' | 'context';
}) {
  return (
    <div class={`columns show-${show}${list ? '' : ' no-list'}${context ? '' : ' no-context'}`}>
      {list && <section class="column list-column">{list}</section>}
      <main class="column work-column">{work}</main>
      {context && (
        <aside class="column context-column" aria-label={words.value.context}>
          {context}
        </aside>
      )}
    </div>
  );
}

export function Head({
  title,
  children,
  back,
}: {
  title?: ComponentChildren;
  children?: ComponentChildren;
  back?: (() => void) | undefined;
}) {
  return (
    <header class="head">
      {back && (
        <button type="button" class="button quiet icon back" aria-label={words.value.back} onClick={back}>
          <Icon name="back" />
        </button>
      )}
      {title !== undefined && <h1 class="cut">{title}</h1>}
      {children}
    </header>
  );
}
