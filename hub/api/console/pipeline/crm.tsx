// The Mini CRM's three pages in its own status words: the overview, all leads, one lead.
import { words } from '../words';
import { type Lead, type LeadPage, query_of, type Schemas } from '../parts/api';
import { Search, Tabs } from '../parts/form';
import { claim } from '../parts/lead_deeds';
import { useQuery } from '../parts/query';
import { asked, go, id_at, place, turn } from '../parts/route';
import { may } from '../parts/session';
import { Columns, Head } from '../parts/shell';
import { Empty, Loaded } from '../parts/states';
import { Conversation } from '../inbox/conversation';
import { Context } from '../inbox/context';
import { NewLead } from '../customers/new_lead';
import { Overview, Ranking } from '../reports/page';
import { LeadTable } from './page';

const statuses = ['pending', 'assigned', 'in_progress', 'converted', 'lost'];

function Home() {
  const w = words.value;
  const overview = useQuery<Schemas['overview']>('/reports/overview');
  const ranking = useQuery<Schemas['ranking']>('/reports/ranking');
  const pending = useQuery<LeadPage>('/leads?status=pending&limit=50');
  const active = useQuery<LeadPage>('/leads?status=in_progress&limit=50');
  const oldest = [...(pending.data.value?.leads ?? [])]
    .filter((l: Lead) => l.can_claim)
    .sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at))[0];
  const table = (title: string, of: typeof pending) => (
    <section class="chart wide crm-table">
      <header>
        <h2>
          {title}
          {of.data.value && (
            <span class="count">
              {' '}
              {of.data.value.leads.length}
              {of.data.value.next && '+'}
            </span>
          )}
        </h2>
      </header>
      <Loaded of={of} rows={4}>
        {data => (data.leads.length ? <LeadTable leads={data.leads} status_words /> : <p class="small soft">{w.inbox_empty}</p>)}
      </Loaded>
    </section>
  );
  return (
    <>
      <Head title={w.pages.crm}>
        <span class="grow" />
        {oldest && (
          <button type="button" class="button primary" onClick={() => void claim(oldest)}>
            {w.crm.claim_oldest}
          </button>
        )}
        {may('manager', 'supervisor') && <NewLead named />}
        <a class="button" href="#/crm/leads">
          {w.crm.all_leads}
        </a>
      </Head>
      <div class="scroll ground">
        <div class="figures-box">
          <Loaded of={overview} rows={2}>
            {data => <Overview of={data} status />}
          </Loaded>
        </div>
        <div class="charts">
          {table(w.crm.pending_leads, pending)}
          {table(w.lead_status['in_progress']!, active)}
          <Loaded of={ranking} rows={3}>
            {data => <Ranking of={data} />}
          </Loaded>
        </div>
      </div>
    </>
  );
}

function Leads() {
  const w = words.value;
  const status = asked('status') || 'all',
    owner = asked('owner'),
    q = asked('q');
  const leads = useQuery<LeadPage>('/leads' + query_of({ status, owner, q }), { of: 'leads', count: 400 });
  return (
    <>
      <Head title={w.crm.all_leads} back={() => go('crm')}>
        <span class="grow" />
        <Search value={q} set={v => turn('q', v)} label={w.search_leads} slash />
      </Head>
      <div class="subhead">
        <Tabs
          label={w.status}
          chosen={status}
          choose={t => turn('status', t)}
          of={[['all', w.all], ...statuses.map(s => [s, w.lead_status[s]!] as [string, string])]}
        />
        <span class="grow" />
        <Tabs
          label={w.owner}
          chosen={owner}
          choose={t => turn('owner', t)}
          of={[
            ['', w.everybody],
            ['me', w.mine],
            ['none', w.unassigned],
          ]}
        />
      </div>
      <Loaded of={leads} rows={10}>
        {data =>
          data.leads.length ? (
            <div class="scroll">
              <LeadTable leads={data.leads} status_words />
            </div>
          ) : (
            <Empty icon="crm" title={w.inbox_none} more={w.inbox_none_more} />
          )
        }
      </Loaded>
    </>
  );
}

export function CrmPage() {
  const at = place.value.path[1];
  const id = at === 'lead' ? id_at(2) : 0;
  const side = asked('side') === '1';
  if (id)
    return (
      <Columns
        show={side ? 'context' : 'work'}
        work={
          <Conversation key={id} id={id} back={() => go('crm')} side={side} set_side={to => turn('side', to ? '1' : '', !to)} />
        }
        context={<Context key={id} id={id} close={() => turn('side', '')} />}
      />
    );
  return <Columns show="work" work={at === 'leads' ? <Leads /> : <Home />} />;
}
