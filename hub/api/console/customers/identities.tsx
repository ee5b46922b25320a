// How a customer is known at the platforms.
import { words } from '../words';
import type { Customer } from '../parts/api';
import { Fact } from '../parts/panel';
import { channel_name } from '../parts/text';

export function IdentityList({ of }: { of: Customer }) {
  const w = words.value;
  // What joins calls is no name anybody can read; of the platforms' own ids only an address is one, the others stand in the title.
  const readable = of.identities.filter(i => i.space !== 'fingerprint');
  if (!readable.length) return null;
  return (
    <Fact name={w.identities}>
      <ul>
        {readable.map(i => (
          <li key={i.space + i.account + i.external_id} class="line">
            <i class={'channel ' + i.space} />
            <span class="cut" title={i.external_id}>
              {channel_name(i.space)}
              {i.external_id.includes('@') && ` · ${i.external_id}`}
            </span>
            {i.subscribed === false && <span class="tag">{w.not_subscribed}</span>}
          </li>
        ))}
      </ul>
    </Fact>
  );
}
