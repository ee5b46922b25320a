// Whether somebody of a team can be given leads at this moment, and why not.
import { words } from '../words';

export function Presence({ of }: { of: { absent: boolean; off_hours: boolean; available: boolean } }) {
  const w = words.value.admin;
  const away = of.absent ? w.absent : of.off_hours ? w.off_hours : of.available ? '' : w.unavailable;
  return <span class={'small ' + (away ? 'faint' : 'done')}>{away || w.available}</span>;
}
