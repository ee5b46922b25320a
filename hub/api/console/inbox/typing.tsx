// Which colleagues are writing in a lead just now.
import { words } from '../words';
import type { Schemas } from '../parts/api';
import { typing } from '../parts/live';
import { useQuery } from '../parts/query';
import { me } from '../parts/session';

export function Typing({ lead }: { lead: number }) {
  const who = typing.value.filter(t => t.lead === lead && t.person !== me.value?.id);
  return (
    <p class="reply-typing small soft" aria-live="polite">
      {who.length > 0 && <Names of={who.map(t => t.person)} />}
    </p>
  );
}

function Names({ of }: { of: number[] }) {
  const staff = useQuery<Schemas['staff'][]>('/staff').data.value;
  const names = of.map(id => staff?.find(p => p.id === id)?.name).filter(Boolean);
  return names.length ? <>{words.value.typing(names.join(', '))}</> : null;
}
