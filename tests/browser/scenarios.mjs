// node scenarios.mjs NAME: one scenario in a window of its own. Ends with 0 when it went as it should.
import { calls } from './scenarios/calls.mjs';
import { customers } from './scenarios/customers.mjs';
import { erp } from './scenarios/erp.mjs';
import { everywhere } from './scenarios/everywhere.mjs';
import { inbox } from './scenarios/inbox.mjs';
import { leads } from './scenarios/leads.mjs';
import { team } from './scenarios/team.mjs';
import { close, keep_screen } from './support.mjs';

const scenarios = { ...calls, ...customers, ...erp, ...everywhere, ...inbox, ...leads, ...team };

const [, , name] = process.argv;
try {
  await scenarios[name]();
} catch (e) {
  console.error(e);
  await keep_screen(name);
  process.exitCode = 1;
} finally {
  await close();
}
