// What is to be done: overdue, today, coming; the follow-ups of the people one answers for.
import { useMemo, useState } from 'preact/hooks';
import { words } from '../words';
import { patch, query_of, type Task } from '../parts/api';
import { Form, Popover, Tabs } from '../parts/form';
import { Icon } from '../parts/icons';
import { List, type Row } from '../parts/list';
import { refresh, useQuery } from '../parts/query';
import { asked, go, turn } from '../parts/route';
import { may } from '../parts/session';
import { Columns, Head } from '../parts/shell';
import { Empty, Loaded } from '../parts/states';
import { day_key } from '../parts/text';
import { TaskLine } from './line';

type Shown = 'open' | 'today' | 'overdue' | 'done';
const page_size = 100;

function rows_of(tasks: Task[], done: boolean): Row<Task>[] {
  const w = words.value;
  const today = day_key(new Date().toISOString());
  const group = (t: Task) =>
    done
      ? w.completed
      : t.overdue
        ? w.overdue
        : day_key(t.due_at ?? `${t.due_date ?? '2999-01-01'}T12:00:00Z`) === today
          ? w.today
          : w.upcoming;
  const rows: Row<Task>[] = [];
  for (const name of done ? [w.completed] : [w.overdue, w.today, w.upcoming]) {
    const members = tasks.filter(t => group(t) === name);
    if (!members.length) continue;
    rows.push(
      {
        key: 'heading ' + name,
        of: null,
        heading: (
          <span class={name === w.overdue ? 'late' : ''}>
            {name}
            <span class="count"> {members.length}</span>
          </span>
        ),
      },
      ...members.map(of => ({ key: String(of.id), of })),
    );
  }
  return rows;
}

function Edit({ task }: { task: Task }) {
  const w = words.value;
  return (
    <Popover label={w.edit} align="right" name="button quiet icon small" button={<Icon name="more" size={14} />}>
      {close => (
        <Form
          cancel={close}
          done={close}
          fields={[
            { name: 'title', label: w.title, value: task.title, required: true, most: 200 },
            { name: 'description', label: w.note, type: 'textarea', value: task.description, most: 4000 },
            { name: 'due_date', label: w.due_date, type: 'date', value: task.due_date ?? task.due_at?.slice(0, 10) ?? '' },
          ]}
          send={async v => {
            await patch(`/tasks/${task.id}`, {
              title: v['title'],
              description: v['description'],
              ...(v['due_date'] ? { due_date: v['due_date'] } : {}),
            });
            await refresh('/tasks');
          }}
        />
      )}
    </Popover>
  );
}

export function TasksPage() {
  const w = words.value;
  const shown = (asked('status') || 'open') as Shown;
  const whose = asked('owner') || (may('manager') ? 'me' : '');
  const [chosen, choose] = useState('');
  const [count, more] = useState(page_size);
  const tasks = useQuery<{ tasks: Task[]; next: string | null }>(
    '/tasks' + query_of({ status: shown, owner: whose === 'all' ? '' : whose }),
    { of: 'tasks', count },
  );
  const rows = useMemo(() => rows_of(tasks.data.value?.tasks ?? [], shown === 'done'), [tasks.data.value, shown, w]);
  return (
    <Columns
      show="work"
      work={
        <>
          <Head title={w.pages.tasks}>
            <span class="grow" />
            <Tabs
              label={w.owner}
              chosen={whose === 'all' ? '' : whose}
              choose={t => turn('owner', t || 'all')}
              of={[
                ['me', w.mine],
                ['', w.everybody],
              ]}
            />
          </Head>
          <div class="subhead">
            <Tabs
              label={w.status}
              chosen={shown}
              choose={t => turn('status', t)}
              of={[
                ['open', w.tasks_all],
                ['today', w.today],
                ['overdue', w.overdue],
                ['done', w.completed],
              ]}
            />
          </div>
          <Loaded of={tasks} rows={10}>
            {data =>
              data.tasks.length === 0 ? (
                <Empty icon="tasks" title={w.tasks_empty} more={w.tasks_empty_more} />
              ) : (
                <List
                  rows={rows}
                  height={54}
                  chosen={chosen}
                  label={w.pages.tasks}
                  href={t => `#/inbox/${t.lead_id}`}
                  choose={(t, opened) => {
                    choose(String(t.id));
                    if (opened) go(`inbox/${t.lead_id}`);
                  }}
                  draw={t => (
                    <span
                      class="task-row"
                      onClick={e => {
                        if ((e.target as HTMLElement).closest('input, .popover-box')) e.stopPropagation();
                        if ((e.target as HTMLElement).closest('.popover-box')) e.preventDefault();
                      }}
                    >
                      <TaskLine task={t} />
                      <Edit task={t} />
                    </span>
                  )}
                  near_end={data.next ? () => more(c => (c <= data.tasks.length ? c + page_size : c)) : undefined}
                />
              )
            }
          </Loaded>
        </>
      }
    />
  );
}
