// Customers: who they are, how they are known, everything between them and us.
import { useState } from 'preact/hooks';
import { words } from '../words';
import { type Customer, type CustomerRow, patch, post, query_of, type Schemas } from '../parts/api';
import { Form, type FieldOf, Popover, Search } from '../parts/form';
import { Icon, type IconName } from '../parts/icons';
import { List } from '../parts/list';
import { Fact, Facts, Section } from '../parts/panel';
import { refresh, useQuery } from '../parts/query';
import { asked, go, go_keeping, id_at, turn } from '../parts/route';
import { may } from '../parts/session';
import { Columns, Head } from '../parts/shell';
import { Empty, Loaded, Skeleton } from '../parts/states';
import { Ago, At, channel_name, customer_name, day, day_key, exact, Face, language_name, person_name } from '../parts/text';
import { LeadRow } from '../inbox/row';
import { ExportAndErase } from './forget';
import { IdentityList } from './identities';
import { MergedWith, MergeInto } from './merge';
import { NewLead } from './new_lead';
import { past_words } from './past_words';

const page_size = 100;

const fields = (of?: Customer): FieldOf[] => {
  const w = words.value;
  return [
    { name: 'first_name', label: w.first_name, value: of?.first_name ?? '', most: 200, half: true },
    { name: 'last_name', label: w.last_name, value: of?.last_name ?? '', most: 200, half: true },
    { name: 'company_name', label: w.company, value: of?.company_name ?? '', most: 200 },
    { name: 'email', label: w.email, type: 'email', value: of?.email ?? '', most: 320 },
    { name: 'url', label: w.site, type: 'url', value: of?.url ?? '', most: 2000, half: true },
    { name: 'language', label: w.language, value: of?.language ?? '', most: 35, half: true },
  ];
};

function Past({ id }: { id: number }) {
  const past = useQuery<Schemas['event_page']>(`/customers/${id}/timeline`, { of: 'events', count: 200 });
  const icons: Record<string, IconName> = {
    message: 'inbox',
    call: 'calls',
    activity: 'bag',
    note: 'note',
    stage: 'pipeline',
    owner: 'user',
    task: 'tasks',
  };
  if (!past.data.value) return past.problem.value ? null : <Skeleton />;
  let last = '';
  return (
    <ol class="past">
      {past.data.value.events.map(e => {
        const today = day_key(e.at),
          heads = today !== last;
        last = today;
        return (
          <li key={e.kind + e.id}>
            {heads && <p class="past-day small strong soft">{day(e.at)}</p>}
            <a class="past-line" href={e.lead_id ? `#/inbox/${e.lead_id}` : undefined}>
              <Icon name={icons[e.kind] ?? 'clock'} size={14} />
              <span class="cut grow">
                {e.direction === 'outgoing' && <span class="faint">{e.by ? person_name(e.by) : '→'}: </span>}
                {past_words(e)}
              </span>
              {e.channel && <span class="small faint">{channel_name(e.channel)}</span>}
              <At at={e.at} class="small faint" />
            </a>
          </li>
        );
      })}
    </ol>
  );
}

function Detail({ id }: { id: number }) {
  const w = words.value;
  const customer = useQuery<Customer>(`/customers/${id}`);
  const [editing, edit] = useState(false);
  const of = customer.data.value;
  const works = may('manager', 'supervisor') && of && !of.masked;
  return (
    <>
      <Head back={() => go_keeping('customers')} title={of ? customer_name(of) : ''}>
        <span class="grow" />
        {of && may('admin') && <ExportAndErase of={of} />}
        {works && (
          <>
            <MergeInto customer={of} />
            <button type="button" class="button" onClick={() => edit(!editing)}>
              {w.edit}
            </button>
            <NewLead customer={of.id} named />
          </>
        )}
      </Head>
      <Loaded of={customer}>
        {c => (
          <div class="scroll">
            <div class="page-narrow">
              {editing ? (
                <Form
                  fields={fields(c)}
                  cancel={() => edit(false)}
                  done={() => edit(false)}
                  send={async v => {
                    await patch(`/customers/${c.id}`, { ...v, version: c.version });
                    await refresh('/customers');
                  }}
                />
              ) : (
                <Section title={w.customer} first>
                  <Facts>
                    {c.company_name && <Fact name={w.company}>{c.company_name}</Fact>}
                    {c.email && <Fact name={w.email}>{c.email}</Fact>}
                    {c.url && (
                      <Fact name={w.site}>
                        {/^https?:/.test(c.url) ? (
                          <a class="link" href={c.url} target="_blank" rel="noopener noreferrer">
                            {c.url}
                          </a>
                        ) : (
                          c.url
                        )}
                      </Fact>
                    )}
                    {c.language && <Fact name={w.language}>{language_name(c.language)}</Fact>}
                    <Fact name={w.created}>{exact(c.created_at)}</Fact>
                    <IdentityList of={c} />
                    <MergedWith of={c} edits={Boolean(works)} />
                  </Facts>
                </Section>
              )}
              <Section title={w.leads(c.leads.length)}>
                <ul class="leads-of">
                  {c.leads.map(l => (
                    <li key={l.id}>
                      <a href={`#/inbox/${l.id}`}>
                        <LeadRow lead={l} />
                      </a>
                    </li>
                  ))}
                </ul>
              </Section>
              {!c.masked && (
                <Section title={w.history}>
                  <Past id={c.id} />
                </Section>
              )}
            </div>
          </div>
        )}
      </Loaded>
    </>
  );
}

export function CustomersPage() {
  const w = words.value;
  const q = asked('q');
  const chosen = id_at(1);
  const [count, more] = useState(page_size);
  const found = useQuery<{ customers: CustomerRow[]; next: string | null }>('/customers' + query_of({ q }), {
    of: 'customers',
    count,
  });
  return (
    <Columns
      show={chosen ? 'work' : 'list'}
      list={
        <>
          <Head>
            <Search value={q} set={v => turn('q', v)} label={w.search_customers} slash />
            {may('manager', 'supervisor') && (
              <Popover label={w.new_customer} align="right" name="button quiet icon" button={<Icon name="add" />}>
                {close => (
                  <Form
                    verb={w.add}
                    cancel={close}
                    done={close}
                    fields={fields()}
                    send={async v => {
                      const made = await post<Customer>('/customers', v);
                      await refresh('/customers');
                      go(`customers/${made.id}`);
                    }}
                  />
                )}
              </Popover>
            )}
          </Head>
          <Loaded of={found} rows={10}>
            {data =>
              data.customers.length === 0 ? (
                <Empty
                  icon="customers"
                  title={q ? w.inbox_none : w.customers_empty}
                  more={q ? w.inbox_none_more : w.customers_empty_more}
                />
              ) : (
                <List
                  key={q}
                  rows={data.customers.map(of => ({ key: String(of.id), of }))}
                  height={56}
                  chosen={String(chosen)}
                  label={w.pages.customers}
                  href={c => `#/customers/${c.id}`}
                  choose={(c, opened) => go_keeping(`customers/${c.id}`, !opened && chosen > 0)}
                  draw={c => (
                    <span class="lead-row">
                      <Face name={customer_name(c)} />
                      <span class="lead-main">
                        <span class="line">
                          <span class="cut lead-name">{customer_name(c)}</span>
                          <span class="grow" />
                          <Ago at={c.last_activity_at} class="small faint" />
                        </span>
                        <span class="small soft cut">
                          {c.masked ? w.masked : [c.company_name, c.email].filter(Boolean).join(' · ') || w.leads(c.leads)}
                          {c.open_leads > 0 && ` · ${w.open_of(c.open_leads)}`}
                        </span>
                      </span>
                    </span>
                  )}
                  near_end={data.next ? () => more(n => (n <= data.customers.length ? n + page_size : n)) : undefined}
                />
              )
            }
          </Loaded>
        </>
      }
      work={
        chosen ? <Detail key={chosen} id={chosen} /> : <Empty icon="customers" title={w.pages.customers} more={w.choose_more} />
      }
    />
  );
}
