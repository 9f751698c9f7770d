// Reads the simulated box with tr-O64 and fritzbox and compares with
// tr064.want.json.
//
// tr064.js HTTP_PORT HTTPS_PORT
const assert = require('assert');
const fs = require('fs');
const path = require('path');
const { parseStringPromise } = require('xml2js');

const [http, https] = process.argv.slice(2, 4).map(Number);
const want = JSON.parse(fs.readFileSync(path.join(__dirname, 'tr064.want.json'), 'utf8'));
const user = 'fritz3456', password = 'geheim & 77';
const prefix = 'urn:dslforum-org:service:';

// download reads a list that the box has given the address of.
function download(url) {
  const get = require(url.startsWith('https') ? 'https' : 'http').get;
  return new Promise((resolve, reject) => {
    get(url, { rejectUnauthorized: false }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (part) => { body += part; }).on('end', () => resolve(body));
      assert.strictEqual(answer.statusCode, 200, url);
    }).on('error', reject);
  }).then((body) => parseStringPromise(body));
}

const text = (list) => (list && list[0] && (list[0]._ ?? list[0])) || '';

function contacts(xml) {
  return xml.phonebooks.phonebook[0].contact.map((c) =>
    [text(c.person[0].realName), c.telephony[0].number.map((n) => n._)]);
}

// compare reads everything by a function call(service, action, arguments).
async function compare(name, services, call) {
  assert.deepStrictEqual(services.map((s) => s.slice(prefix.length, -2)).sort(), want.services, name);
  const ids = (await call('X_AVM-DE_OnTel:1', 'GetPhonebookList')).NewPhonebookList.split(',');
  const books = [];
  for (const id of ids) {
    const book = await call('X_AVM-DE_OnTel:1', 'GetPhonebook', { NewPhonebookID: id });
    books.push([book.NewPhonebookName, contacts(await download(book.NewPhonebookURL))]);
  }
  assert.deepStrictEqual(books, want.phonebooks, name);
  const barring = await call('X_AVM-DE_OnTel:1', 'GetCallBarringList');
  assert.deepStrictEqual(contacts(await download(barring.NewPhonebookURL)), want.barring, name);
  const list = await call('X_AVM-DE_OnTel:1', 'GetCallList');
  const calls = (await download(list.NewCallListURL)).root.Call.map((c) =>
    ['Type', 'Caller', 'Called', 'Name', 'Numbertype', 'Device', 'Port', 'Duration', 'Path'].map((k) => text(c[k])));
  assert.deepStrictEqual(calls, want.calls, name);
  const rule = await call('X_AVM-DE_OnTel:1', 'GetDeflection', { NewDeflectionId: 0 });
  assert.deepStrictEqual([rule.NewType, rule.NewNumber, rule.NewDeflectionToNumber, rule.NewMode], want.deflection, name);
  const messages = await download((await call('X_AVM-DE_TAM:1', 'GetMessageList', { NewIndex: 0 })).NewURL);
  assert.deepStrictEqual(messages.Root.Message.map((m) => [text(m.Number), text(m.Called), text(m.New)]), [['01713920055', '23125732', '1']], name);
}

// trO64 logs in inside SOAP; the names of its functions are its own.
async function trO64() {
  const { TR064 } = require('tr-O64');
  const device = await new Promise((resolve, reject) =>
    new TR064().initTR064Device('127.0.0.1', http, (err, d) => (err ? reject(err) : resolve(d))));
  device.login(user, password);
  const call = (service, action, args) => new Promise((resolve, reject) =>
    device.services[prefix + service].actions[action](args || [], (err, out) => (err ? reject(err) : resolve(out))));
  await compare('tr-O64 http', Object.keys(device.services), call);
  await new Promise((resolve, reject) => device.startEncryptedCommunication((err) => (err ? reject(err) : resolve())));
  await compare('tr-O64 https', Object.keys(device.services), call);
}

async function fritzbox(ssl) {
  const { Fritzbox } = require('fritzbox');
  const box = new Fritzbox({ host: '127.0.0.1', port: ssl ? https : http, ssl, user, password });
  await box.initTR064Device();
  await compare(ssl ? 'fritzbox https' : 'fritzbox http', Object.keys(box.services),
    (service, action, args) => box.services[prefix + service].actions[action](args));
}

(async () => {
  console.log = () => {}; // tr-O64 thinks aloud
  await trO64();
  await fritzbox(false);
  await fritzbox(true);
  process.exit(0);
})().catch((err) => {
  console.error(err);
  process.exit(1);
});
