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
import { action_words, details_words, type Names, Subject, subject_asked } from './audit_words';

export function Audit() {
  const w = words.value;
  const subject = asked('subject');
  const [count, more] = useState(100);
  const retention = useQuery<Schemas['retention']>('/retention').data.value;
  const audit = useQuery<Schemas['audit_page']>('/audit' + query_of({ subject: subject_asked(subject) }), {
    of: 'entries',
    count,
  });
  const staff = useQuery<Schemas['staff'][]>('/staff').data.value;
  const people: Names = new Map((staff ?? []).map(p => [p.id, p.name]));
  return (
    <>
      <div class="subhead">
        <Search value={subject} set={v => turn('subject', v)} label={w.audit.find} />
        {retention && (
          <p class="small soft" title="config/hub.yaml: retention">
            {w.admin.kept(length(retention.events_seconds * 1000), length(retention.quarantine_bodies_seconds * 1000))}
          </p>
        )}
      </div>
      <Loaded of={audit}>
        {data =>
          data.entries.length === 0 ? (
            <Empty
              icon="list"
              title={subject ? w.inbox_none : w.admin.none}
              more={subject ? w.audit.find_none : w.audit.none_more}
            />
          ) : (
            <div class="scroll">
              <Table
                label={w.admin.audit}
                rows={data.entries}
                key_of={e => e.id}
                columns={[
                  { title: w.admin.what, of: e => <span title={e.action}>{action_words(e.action)}</span> },
                  { title: w.admin.who, of: e => (e.by ? person_name(e.by) : e.program) },
                  { title: w.admin.subject, of: e => <Subject of={e} people={people} /> },
                  {
                    title: w.details,
                    wide: true,
                    of: e => (e.details === '{}' ? '' : <span class="small soft words">{details_words(e, people)}</span>),
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
