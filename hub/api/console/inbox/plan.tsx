// Plans a call or a task from the reply box, in two keys.
import { words } from '../words';
import { type Lead, post, type Schemas } from '../parts/api';
import { Popover } from '../parts/form';
import { Icon } from '../parts/icons';
import { useKeys } from '../parts/keys';
import { refresh } from '../parts/query';
import { say, say_problem } from '../parts/states';
import { lead_name } from '../parts/text';

function planned_at(when: 'hour' | 'tomorrow' | 'monday') {
  const at = new Date();
  if (when === 'hour') return new Date(at.getTime() + 3_600_000);
  at.setHours(10, 0, 0, 0);
  do at.setDate(at.getDate() + 1);
  while (when === 'monday' && at.getDay() !== 1);
  return at;
}

/// The menu's entries by their number, from the moment it is open.
function Numbered() {
  const press = (n: number) =>
    document.querySelectorAll<HTMLElement>('.reply .menu button, .reply-none .menu button')[n]?.click();
  useKeys(Object.fromEntries([1, 2, 3, 4, 5, 6].map(n => [String(n), () => press(n - 1)])));
  return null;
}

export function Plan({ lead, open, set }: { lead: Lead; open: boolean; set: (to: boolean) => void }) {
  const w = words.value;
  const times: [Parameters<typeof planned_at>[0], string][] = [
    ['hour', w.in_an_hour],
    ['tomorrow', w.tomorrow],
    ['monday', w.monday],
  ];
  const plan = (kind: Schemas['task_given']['kind'], title: string, when: Parameters<typeof planned_at>[0]) =>
    post(`/leads/${lead.id}/tasks`, {
      kind,
      title: `${title}: ${lead_name(lead)}`.slice(0, 200),
      due_at: planned_at(when).toISOString(),
    })
      .then(() => {
        say(w.planned);
        void refresh('/tasks');
        return refresh(`/leads/${lead.id}`);
      })
      .catch(say_problem);
  return (
    <Popover label={w.schedule} align="up" name="button quiet icon small" open={open} set={set} button={<Icon name="clock" />}>
      {close => (
        <div class="menu">
          <Numbered />
          {(
            [
              ['call', w.plan_call],
              ['follow_up', w.plan_task],
            ] as const
          ).map(([kind, title], k) => (
            <div key={kind}>
              <span class="legend">{title}</span>
              {times.map(([when, text], i) => (
                <button
                  type="button"
                  key={when}
                  onClick={() => {
                    close();
                    void plan(kind, title, when);
                  }}
                >
                  {text}
                  <span class="after">
                    <kbd>{k * 3 + i + 1}</kbd>
                  </span>
                </button>
              ))}
            </div>
          ))}
        </div>
      )}
    </Popover>
  );
}
