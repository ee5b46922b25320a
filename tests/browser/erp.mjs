// An ERP of a car dealer that leads its exchange with the hub: CommerceML of its stock, step by step over HTTP.
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from './support.mjs';

const escaped = text => text.replace(/[<>&"']/g, c => `&#${c.charCodeAt(0)};`);
const requisite = (name, value) =>
  `<ЗначениеРеквизита><Наименование>${name}</Наименование><Значение>${escaped(value)}</Значение></ЗначениеРеквизита>`;
export const vin_of = id => 'WVGZZZ9BZH000' + id.slice(-4);

// Files are formed at minutes of a day gone by, each later than the one before, also over several programs.
const begun = Date.now();
let minute = 0;
const document_of = content => {
  const at = new Date(Math.floor(begun / 1000) * 1000 - 3_600_000 + ++minute * 1000).toISOString().slice(0, 19);
  return `<?xml version="1.0" encoding="UTF-8"?><КоммерческаяИнформация ВерсияСхемы="2.05" ДатаФормирования="${at}">${content}</КоммерческаяИнформация>`;
};

/// `cars`: id (it ends with four digits), price, and what the ERP calls status, make, model, colour.
const goods = cars =>
  document_of(
    '<Каталог СодержитТолькоИзменения="true"><Ид>cars</Ид><Товары>' +
      cars
        .map(
          c =>
            `<Товар><Ид>${c.id}</Ид><Наименование>${escaped(c.make ?? 'Skoda')}</Наименование><ХарактеристикиТовара>` +
            `<ХарактеристикаТовара><Наименование>VIN</Наименование><Значение>${vin_of(c.id)}</Значение></ХарактеристикаТовара>` +
            '</ХарактеристикиТовара><ЗначенияРеквизитов>' +
            requisite('ВидНоменклатуры', 'Автомобили') +
            requisite('Марка', c.make ?? 'Skoda') +
            requisite('Модель', c.model ?? 'Octavia') +
            (c.colour ? requisite('Цвет', c.colour) : '') +
            requisite('Статус автомобиля', c.status ?? 'В наличии') +
            '</ЗначенияРеквизитов></Товар>',
        )
        .join('') +
      '</Товары></Каталог>',
  );
const offers = cars =>
  document_of(
    '<ПакетПредложений СодержитТолькоИзменения="true"><Ид>cars#</Ид><ИдКаталога>cars</ИдКаталога><ТипыЦен><ТипЦены>' +
      '<Ид>retail</Ид><Наименование>Роздрібна</Наименование><Валюта>UAH</Валюта></ТипЦены></ТипыЦен><Предложения>' +
      cars
        .map(
          c =>
            `<Предложение><Ид>${c.id}</Ид><Наименование>${escaped(c.make ?? 'Skoda')}</Наименование><Цены><Цена>` +
            `<ИдТипаЦены>retail</ИдТипаЦены><ЦенаЗаЕдиницу>${c.price ?? 500000}.00</ЦенаЗаЕдиницу><Валюта>UAH</Валюта>` +
            '</Цена></Цены><Количество>1</Количество></Предложение>',
        )
        .join('') +
      '</Предложения></ПакетПредложений>',
  );

export async function erp_sends(cars) {
  let session = '';
  const ask = async (mode, name = '', body = undefined) => {
    const address = `${process.env.WEBHOOKS}/exchange/bas/main?type=catalog&mode=${mode}${name && '&filename=' + name}`;
    const head = { Cookie: `HUBSESS=${session}` };
    if (mode === 'checkauth') head['Authorization'] = 'Basic ' + Buffer.from(process.env.ERP_LOGIN).toString('base64');
    const answer = await fetch(address, { method: body ? 'POST' : 'GET', headers: head, body });
    const said = await answer.text();
    expect(/^(success|zip=no|progress)/.test(said), `the exchange goes on after ${mode} ${name}: ${said}`);
    return said;
  };
  session = (await ask('checkauth')).split('\n')[2];
  await ask('init');
  for (const [name, bytes] of [
    ['import0_1.xml', goods(cars)],
    ['offers0_1.xml', offers(cars)],
  ]) {
    await ask('file', name, bytes);
    while ((await ask('import', name)).startsWith('progress')) await pause(50);
  }
  await ask('complete');
}
