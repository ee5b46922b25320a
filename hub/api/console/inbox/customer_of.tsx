// Whose lead it is: who they are, how they are known, what they are merged with.
import { words } from '../words';
import type { Customer } from '../parts/api';
import { Fact, Facts, Section } from '../parts/panel';
import { useQuery } from '../parts/query';
import { IdentityList } from '../customers/identities';
import { customer_name, language_name } from '../parts/text';
import { MergedWith, MergeInto } from '../customers/merge';

export function CustomerOf({ id, edits }: { id: number; edits: boolean }) {
  const w = words.value;
  const customer = useQuery<Customer>(`/customers/${id}`);
  const data = customer.data.value;
  if (!data) return null;
  const others = data.leads.length - 1;
  return (
    <Section title={w.customer} add={edits && !data.masked ? <MergeInto customer={data} /> : undefined}>
      <Facts>
        <Fact name={w.name}>
          <a class="link" href={`#/customers/${data.id}`}>
            {customer_name(data)}
          </a>
        </Fact>
        {data.company_name && <Fact name={w.company}>{data.company_name}</Fact>}
        {data.email && <Fact name={w.email}>{data.email}</Fact>}
        {data.language && <Fact name={w.language}>{language_name(data.language)}</Fact>}
        <IdentityList of={data} />
        {others > 0 && (
          <Fact name={w.other_leads}>
            <a class="link" href={`#/customers/${data.id}`}>
              {w.leads(others)}
            </a>
          </Fact>
        )}
        <MergedWith of={data} edits={edits} />
      </Facts>
    </Section>
  );
}
