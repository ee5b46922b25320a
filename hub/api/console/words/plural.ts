// "3 leads": the form that the language wants for the number.
export function plural(language: string) {
  const rules = new Intl.PluralRules(language);
  return (k: number, forms: Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }) =>
    `${k} ${forms[rules.select(k)] ?? forms.other}`;
}
