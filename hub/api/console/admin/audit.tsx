// Who changed what, newest first.
import { useState } from 'preact/hooks';
import { words } from '../words';
import { query_of, type Schemas } from '../parts/api';
import { Search } from '../parts/form';
import { More, Table } from '../parts/list';
import { useQuery } from '../parts/query';
import { asked, turn } from '../parts/route';
import { Empty, Loaded } from '../parts/states';
import { exact, length, person_name } from '../parts/text';

export function Audit() {
  const w = words.value;
  const subject = asked('subject');
  const [count, more] = useState(100);
  const retention = useQuery<Schemas['retention']>('/retention').data.value;
  const audit = useQuery<Schemas['audit_page']>('/audit' + query_of({ subject }), { of: 'entries', count });
  return (
    <>
      <div class="subhead">
        <Search value={subject} set={v => turn('subject', v)} label={`${w.admin.subject}: lead:42`} />
        {retention && (
          <p class="small soft" title="config/hub.yaml: retention">
            {w.admin.kept(length(retention.events_seconds * 1000), length(retention.quarantine_bodies_seconds * 1000))}
          </p>
        )}
      </div>
      <Loaded of={audit}>
        {data =>
          data.entries.length === 0 ? (
            <Empty icon="list" title={w.admin.none} />
          ) : (
            <div class="scroll">
              <Table
                label={w.admin.audit}
                rows={data.entries}
                key_of={e => e.id}
                columns={[
                  { title: w.admin.what, of: e => e.action },
                  { title: w.admin.who, of: e => (e.by ? person_name(e.by) : e.program) },
                  { title: w.admin.subject, of: e => e.subject },
                  {
                    title: w.details,
                    wide: true,
                    of: e => <span class="small soft words">{e.details === '{}' ? '' : e.details}</span>,
                  },
                  { title: w.admin.when, of: e => <time title={exact(e.at)}>{exact(e.at)}</time> },
                ]}
              />
              {data.next && <More show={() => more(n => n + 100)} />}
            </div>
          )
        }
      </Loaded>
    </>
  );
}
