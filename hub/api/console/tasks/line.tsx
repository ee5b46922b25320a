// A task as one line, with its tick.
import { words } from '../words';
import { post, type Task } from '../parts/api';
import { refresh } from '../parts/query';
import { say, say_problem } from '../parts/states';
import { clock, day_key, exact, person_name, short_day } from '../parts/text';

export async function set_done(task: Task, done: boolean) {
  try {
    await post(`/tasks/${task.id}/${done ? 'complete' : 'reopen'}`);
    if (done) say(`${words.value.completed}: ${task.title}`, { text: words.value.undo, run: () => void set_done(task, false) });
  } catch (e) {
    say_problem(e);
  }
  await Promise.all([refresh('/tasks'), refresh(`/leads/${task.lead_id}`)]);
}

export function due_words(task: Task) {
  if (task.due_at)
    return day_key(task.due_at) === day_key(new Date().toISOString())
      ? clock(task.due_at)
      : `${short_day(task.due_at)}, ${clock(task.due_at)}`;
  return task.due_date ? short_day(task.due_date + 'T12:00:00Z') : '';
}

export function TaskLine({ task, short }: { task: Task; short?: boolean }) {
  const w = words.value;
  return (
    <div class={'task-line' + (task.completed ? ' is-done' : '')}>
      <input
        type="checkbox"
        checked={task.completed}
        aria-label={`${w.complete}: ${task.title}`}
        onChange={e => void set_done(task, e.currentTarget.checked)}
      />
      <div class="grow">
        <p class={short ? 'words' : 'cut'}>{w.reasons[task.title] ?? task.title}</p>
        <p class="small soft cut">
          {w.kinds[task.kind]}
          {!short && task.customer ? ` · ${task.customer}` : ''}
          {!short && task.owner ? ` · ${person_name(task.owner)}` : ''}
        </p>
      </div>
      <span class={'small ' + (task.overdue ? 'late' : 'soft')} title={task.due_at ? exact(task.due_at) : (task.due_date ?? '')}>
        {due_words(task)}
      </span>
    </div>
  );
}
