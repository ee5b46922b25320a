// A picture somebody looks at goes on into another conversation: which one is asked here, the reply box there takes it from `handed`.
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { words } from '../words';
import { type Lead, type LeadPage, query_of } from '../parts/api';
import { Popover } from '../parts/form';
import { Icon } from '../parts/icons';
import { is_mine } from '../parts/lead_deeds';
import { Pick } from '../parts/pick';
import { useQuery } from '../parts/query';
import { go } from '../parts/route';
import { may } from '../parts/session';
import { channel_name, Face, lead_name } from '../parts/text';

interface Sent {
  id: number;
  name: string;
}
export const handed = signal<{ lead: number; file: Sent } | null>(null);

export const conversing = new Set(['viber', 'whatsapp', 'telegram', 'email']);
const answers = (l: Lead) => conversing.has(l.channel) && (l.owner === null || is_mine(l));

function LeadPicker({ pick }: { pick: (l: Lead) => void }) {
  const w = words.value;
  const [q, type] = useState('');
  const found = useQuery<LeadPage>('/leads' + query_of({ q, status: 'open', limit: '20' }));
  return (
    <Pick label={w.search_leads} q={q} type={type}>
      {found.data.value?.leads
        .filter(answers)
        .slice(0, 8)
        .map(l => (
          <button type="button" key={l.id} onClick={() => pick(l)}>
            <Face name={lead_name(l)} channel={l.channel} small />
            <span class="cut">{lead_name(l)}</span>
            <span class="after">{channel_name(l.channel)}</span>
          </button>
        ))}
    </Pick>
  );
}

export function SendOn({ file, leave }: { file: Sent; leave: () => void }) {
  const w = words.value;
  if (!may('manager', 'supervisor')) return null;
  return (
    <Popover label={w.send_on} align="right" name="button quiet icon" button={<Icon name="send" />}>
      {close => (
        <LeadPicker
          pick={l => {
            close();
            leave();
            handed.value = { lead: l.id, file };
            go(`inbox/${l.id}`, { tab: 'team' });
          }}
        />
      )}
    </Popover>
  );
}
