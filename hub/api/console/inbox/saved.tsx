// The texts kept for answering, with their gaps filled for the lead.
import { words } from '../words';
import type { Schemas } from '../parts/api';
import { Popover } from '../parts/form';
import { Icon } from '../parts/icons';
import { useQuery } from '../parts/query';
import { Skeleton } from '../parts/states';

export function Saved({ lead, take }: { lead: number; take: (text: string) => void }) {
  return (
    <Popover label={words.value.saved_replies} align="up" name="button quiet icon small" button={<Icon name="saved" />}>
      {close => (
        <SavedList
          lead={lead}
          take={text => {
            close();
            take(text);
          }}
        />
      )}
    </Popover>
  );
}

function SavedList({ lead, take }: { lead: number; take: (text: string) => void }) {
  const w = words.value;
  const saved = useQuery<Schemas['saved_reply'][]>(`/saved-replies?lead=${lead}`);
  if (saved.problem.value) return <p class="problem small">{saved.problem.value.message}</p>;
  const list = saved.data.value;
  if (!list) return <Skeleton rows={3} />;
  if (!list.length) return <p class="soft small menu-none">{w.saved_none}</p>;
  return (
    <div class="menu saved-list">
      {list.map(r => (
        <button type="button" key={r.id} title={r.filled} onClick={() => take(r.filled)}>
          <span class="saved-text">
            <span class="cut strong">{r.title}</span>
            <span class="cut small soft">{r.filled}</span>
          </span>
          {r.team && <span class="after">{r.team}</span>}
        </button>
      ))}
    </div>
  );
}
