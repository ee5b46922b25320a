// The shared inbox: mine, nobody's, the team's; what waits for an answer first. The conversation stands beside it.
import { useMemo, useState } from 'preact/hooks';
import { words } from '../words';
import { type Lead, type LeadPage, query_of, type Schemas } from '../parts/api';
import { Search, Tabs } from '../parts/form';
import { useKeys } from '../parts/keys';
import { List, type Row } from '../parts/list';
import { useQuery } from '../parts/query';
import { asked, go_keeping, id_at, turn } from '../parts/route';
import { may } from '../parts/session';
import { Columns, Head } from '../parts/shell';
import { Empty, Loaded } from '../parts/states';
import { Ago, customer_name, Face } from '../parts/text';
import { NewLead } from '../customers/new_lead';
import { Conversation } from './conversation';
import { Context } from './context';
import { LeadRow } from './row';

type Tab = 'me' | 'none' | 'team';
type Grouping = 'status' | 'priority' | 'none';
const page_size = 100;

const high_from = 70,
  low_below = 30;
const group_keys: Record<Grouping, { key: string; has: (l: Lead) => boolean }[]> = {
  status: [
    { key: 'waiting', has: l => l.unanswered_since !== null },
    { key: 'fresh_leads', has: l => l.owner === null },
    { key: 'in_work', has: () => true },
  ],
  priority: [
    { key: 'high', has: l => l.priority >= high_from },
    { key: 'normal', has: l => l.priority >= low_below },
    { key: 'low', has: () => true },
  ],
  none: [],
};
/// Who has waited longest, or must be answered soonest, stands on top.
const urgency = (l: Lead) =>
  Date.parse((!l.first_response_at && l.first_response_due_at) || l.unanswered_since || l.last_activity_at);

export function rows_of(leads: Lead[], by: Grouping): Row<Lead>[] {
  const row = (of: Lead): Row<Lead> => ({ key: String(of.id), of });
  if (by === 'none') return leads.map(row);
  const rows: Row<Lead>[] = [];
  const placed = new Set<number>();
  for (const group of group_keys[by]) {
    const members = leads.filter(l => !placed.has(l.id) && group.has(l));
    for (const l of members) placed.add(l.id);
    if (!members.length) continue;
    if (group.key === 'waiting') members.sort((a, b) => urgency(a) - urgency(b));
    rows.push({
      key: 'heading ' + group.key,
      of: null,
      heading: (
        <>
          {words.value[group.key as 'waiting']}
          <span class="count">{members.length}</span>
        </>
      ),
    });
    rows.push(...members.map(row));
  }
  return rows;
}

const server_sort: Record<Grouping, string> = { status: 'waiting', priority: 'priority', none: '' };
const shortest_search = 3;

type Found = Schemas['found_message'];
type Shown = Lead | Found;
const found_rows = (of: Found[]): Row<Shown>[] =>
  of.length
    ? [{ key: 'heading found', of: null, heading: words.value.found_messages }, ...of.map(m => ({ key: 'found ' + m.id, of: m }))]
    : [];

function FoundRow({ of }: { of: Found }) {
  const name = customer_name(of.customer, of.channel);
  return (
    <span class="lead-row">
      <Face name={name} channel={of.channel} />
      <span class="lead-main">
        <span class="line">
          <span class="cut lead-name">{name}</span>
          <span class="grow" />
          <Ago at={of.at} class="small faint" />
        </span>
        <span class="lead-said found-text">{of.text}</span>
      </span>
    </span>
  );
}

export function InboxPage() {
  const w = words.value;
  const works = may('manager', 'supervisor');
  const tab = (asked('tab') || (works ? 'me' : 'team')) as Tab;
  const by = (asked('by') || 'status') as Grouping;
  const q = asked('q');
  const chosen = id_at(1);
  const [count, more] = useState(page_size);
  const leads = useQuery<LeadPage>('/leads' + query_of({ owner: tab === 'team' ? '' : tab, q, sort: server_sort[by] }), {
    of: 'leads',
    count,
  });
  const side = asked('side') === '1';
  const counts = useQuery<Schemas['inbox_counts']>('/inbox/counts').data.value;
  const found = useQuery<Schemas['search']>(q.length >= shortest_search ? '/search' + query_of({ q, limit: 30 }) : null);
  const rows = useMemo<Row<Shown>[]>(
    () => [...rows_of(leads.data.value?.leads ?? [], by), ...found_rows(found.data.value?.messages ?? [])],
    [leads.data.value, found.data.value, by, w],
  );
  const id_of = (of: Shown) => ('lead_id' in of ? of.lead_id : of.id);
  const choose = (of: Shown, opened: boolean) => go_keeping(`inbox/${id_of(of)}`, !opened && chosen > 0);
  useKeys({
    Escape: () => {
      if (side) turn('side', '');
      else if (chosen) go_keeping('inbox');
    },
  });

  const list = (
    <>
      <Head>
        <Search value={q} set={v => turn('q', v)} label={w.search_leads} slash />
        {works && <NewLead />}
      </Head>
      <div class="subhead">
        <Tabs
          label={w.owner}
          chosen={tab}
          choose={t => turn('tab', t)}
          of={
            works
              ? [
                  ['me', w.mine, counts?.mine.waiting],
                  ['none', w.unassigned, counts?.unassigned.open],
                  ['team', w.team],
                ]
              : [
                  ['team', w.all],
                  ['none', w.unassigned],
                ]
          }
        />
        <span class="grow" />
        <select class="input" aria-label={w.group} value={by} onChange={e => turn('by', e.currentTarget.value)}>
          <option value="status">{w.group_status}</option>
          <option value="priority">{w.group_priority}</option>
          <option value="none">{w.group_none}</option>
        </select>
      </div>
      <Loaded of={leads} rows={12}>
        {data =>
          rows.length === 0 ? (
            q ? (
              <Empty icon="search" title={w.inbox_none} more={w.inbox_none_more} />
            ) : (
              <Empty icon="inbox" title={w.inbox_empty} more={w.inbox_empty_more} />
            )
          ) : (
            <List
              key={tab + by + q}
              rows={rows}
              height={74}
              chosen={String(chosen)}
              label={w.pages.inbox}
              href={l => `#/inbox/${id_of(l)}`}
              choose={choose}
              draw={l => ('lead_id' in l ? <FoundRow of={l} /> : <LeadRow lead={l} />)}
              near_end={data.next ? () => more(c => (c <= data.leads.length ? c + page_size : c)) : undefined}
            />
          )
        }
      </Loaded>
    </>
  );
  return (
    <Columns
      show={side && chosen ? 'context' : chosen ? 'work' : 'list'}
      list={list}
      work={
        chosen ? (
          <Conversation
            key={chosen}
            id={chosen}
            back={() => go_keeping('inbox')}
            side={side}
            set_side={to => turn('side', to ? '1' : '', !to)}
          />
        ) : (
          <Empty icon="inbox" title={w.choose} more={w.choose_more}>
            <p class="small faint">
              <kbd>?</kbd> {w.keys.title}
            </p>
          </Empty>
        )
      }
      context={
        chosen ? (
          <Context key={chosen} id={chosen} close={() => turn('side', '')} />
        ) : undefined
      }
    />
  );
}
