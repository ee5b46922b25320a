// What did not go through: quarantine, sending, differences with the ERP. Shown as far as the server offers it.
import { words } from '../words';
import { post } from '../parts/api';
import { Tabs } from '../parts/form';
import { Table } from '../parts/list';
import { refresh, useQuery } from '../parts/query';
import { asked, turn } from '../parts/route';
import { Columns, Head } from '../parts/shell';
import { Empty, Loaded, say_problem } from '../parts/states';
import { Ago, channel_name } from '../parts/text';

type Shown = 'quarantine' | 'outbox' | 'conflicts';
type Row = Record<string, unknown> & { id?: number };

/// The first list in the answer, whatever the server calls it.
const rows_of = (data: unknown): Row[] =>
  Array.isArray(data) ? data : ((Object.values((data ?? {}) as object).find(Array.isArray) as Row[] | undefined) ?? []);
const text = (row: Row, ...names: string[]) => {
  for (const name of names) {
    const value = row[name];
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    if (value && typeof value === 'object' && 'name' in value) return String(value.name);
  }
  return '';
};
const when = (row: Row) => text(row, 'at', 'found_at', 'since', 'created_at', 'first_at', 'last_at', 'queued_at');

function Rows({ of, path }: { of: Row[]; path: Shown }) {
  const w = words.value;
  const act = (row: Row, deed: string) =>
    post(`/${path}/${row.id ?? 0}/${deed}`)
      .then(() => refresh(`/${path}`))
      .catch(say_problem);
  if (!of.length) return <Empty icon="check" title={w.ops.empty} more={w.ops.empty_more} />;
  return (
    <div class="scroll">
      <Table
        label={w.ops[path]}
        rows={of}
        key_of={r => r.id ?? JSON.stringify(r)}
        columns={[
          {
            title: w.ops.cause,
            wide: true,
            of: r => text(r, 'reason', 'cause', 'error', 'problem', 'title', 'field', 'kind', 'text') || '—',
          },
          { title: w.channel, of: r => channel_name(text(r, 'channel', 'connector', 'account', 'source')) },
          { title: w.status, of: r => w.statuses[text(r, 'status', 'state')] ?? text(r, 'status', 'state', 'count') },
          {
            title: w.lead,
            of: r =>
              typeof r['lead_id'] === 'number' ? (
                <a class="link" href={`#/inbox/${r['lead_id']}`}>
                  №{r['lead_id']}
                </a>
              ) : (
                text(r, 'subject', 'customer', 'vehicle')
              ),
          },
          { title: w.ops.since, of: r => (when(r) ? <Ago at={when(r)} /> : '') },
          {
            title: w.details,
            of: r =>
              path === 'outbox' && r.id ? (
                <span class="line">
                  <button type="button" class="link" onClick={() => void act(r, 'resend')}>
                    {w.resend}
                  </button>
                  <button type="button" class="link" onClick={() => void act(r, 'dismiss')}>
                    {w.dismiss}
                  </button>
                </span>
              ) : path === 'quarantine' && r.id ? (
                <button type="button" class="link" onClick={() => void act(r, 'retry')}>
                  {w.ops.retry}
                </button>
              ) : (
                ''
              ),
          },
        ]}
      />
    </div>
  );
}

export function OperationsPage() {
  const w = words.value;
  const shown = (asked('of') || 'quarantine') as Shown;
  const data = useQuery<unknown>(`/${shown}`);
  return (
    <Columns
      show="work"
      work={
        <>
          <Head title={w.pages.operations} />
          <div class="subhead">
            <Tabs
              label={w.pages.operations}
              chosen={shown}
              choose={t => turn('of', t)}
              of={[
                ['quarantine', w.ops.quarantine],
                ['outbox', w.ops.outbox],
                ['conflicts', w.ops.conflicts],
              ]}
            />
          </div>
          <Loaded of={data}>{d => <Rows of={rows_of(d)} path={shown} />}</Loaded>
        </>
      }
    />
  );
}
