// What a page or a Node-RED flow does with the embedded broker, by MQTT.js:
//
//   node mqttjs.cjs URL VERSION PHASE
//
// VERSION is 4 (MQTT 3.1.1) or 5. PHASE is "all", or one half of a restart of the
// broker: "before" or "after". User, password and CA come from the environment.
'use strict'
const assert = require('node:assert/strict')
const fs = require('node:fs')
const mqtt = require('mqtt')

const [url, versionText, phase] = process.argv.slice(2)
const version = Number(versionText)
const five = version === 5
const name = `js-${versionText}-${new URL(url).protocol.replace(':', '')}`
const base = `others/${name}`

function connect(id, extra = {}) {
  return new Promise((resolve, reject) => {
    const client = mqtt.connect(url, {
      clientId: `${name}-${id}`, protocolVersion: version, reconnectPeriod: 0, connectTimeout: 5000, clean: true,
      username: process.env.CLIENT_USER, password: process.env.CLIENT_PASSWORD,
      ca: process.env.CLIENT_CA ? fs.readFileSync(process.env.CLIENT_CA) : undefined,
      ...extra,
    })
    client.messages = []
    client.waiting = []
    client.on('message', (topic, payload, packet) => {
      client.messages.push({ topic, payload, packet })
      client.waiting.splice(0).forEach((wake) => wake())
    })
    client.once('connect', (connack) => { client.connack = connack; resolve(client) })
    client.once('error', reject)
  })
}

// take waits for the next n messages.
async function take(client, n = 1) {
  const late = setTimeout(() => { console.error(`${name}: ${client.messages.length} of ${n} messages came`); process.exit(1) }, 10000)
  while (client.messages.length < n) await new Promise((wake) => client.waiting.push(wake))
  clearTimeout(late)
  return client.messages.splice(0, n)
}

// quiet expects that nothing more is on its way: a message of our own comes next.
async function quiet(client) {
  await client.subscribeAsync(`${base}/marker`)
  await client.publishAsync(`${base}/marker`, 'm')
  const [m] = await take(client)
  assert.equal(m.topic, `${base}/marker`)
  await client.unsubscribeAsync(`${base}/marker`)
}

// numbers expects messages with these numbers, in order for each QoS: a message of
// QoS 2 is there when its handshake has ended, so later ones may overtake it.
function numbers(messages, want) {
  for (const qos of [0, 1, 2]) {
    const got = messages.filter((m) => m.packet.qos === qos).map((m) => Number(m.payload))
    assert.deepEqual(got, want.filter((i) => i % 3 === qos))
  }
}

const keep = five ? { clean: false, properties: { sessionExpiryInterval: 3600 } } : { clean: false }

async function all() {
  const p = await connect('publisher')

  // Retained messages: the newest counts, live ones are not marked, an empty one clears.
  await p.publishAsync(`${base}/kept/a`, 'old', { qos: 1, retain: true })
  await p.publishAsync(`${base}/kept/a`, 'new', { qos: 2, retain: true })
  const w = await connect('watcher')
  await w.subscribeAsync(`${base}/kept/+`, { qos: 2 })
  let [m] = await take(w)
  assert.deepEqual([m.payload.toString(), m.packet.retain, m.packet.qos], ['new', true, 2])
  await p.publishAsync(`${base}/kept/a`, '', { qos: 1, retain: true })
  ;[m] = await take(w)
  assert.deepEqual([m.payload.length, m.packet.retain], [0, false])
  await quiet(w)

  // QoS 0, 1 and 2, once each and in order; a large message.
  await w.subscribeAsync({ [`${base}/q/#`]: { qos: 2 } })
  for (let i = 0; i < 60; i++) await p.publishAsync(`${base}/q/${i}`, `${i}`, { qos: i % 3 })
  numbers(await take(w, 60), [...Array(60).keys()])
  const big = Buffer.alloc(200 << 10, 'x')
  await p.publishAsync(`${base}/q/big`, big, { qos: 1 })
  ;[m] = await take(w)
  assert.ok(m.payload.equals(big))
  await quiet(w)

  // Topic filters; a message that several cover comes once.
  const f = await connect('filters')
  await f.subscribeAsync([`${base}/f/+/b`, `${base}/f/#`, '+/none/#'], { qos: 1 })
  for (const t of ['f', 'f/a/b', 'f/a/c', 'g']) await p.publishAsync(`${base}/${t}`, t, { qos: 1 })
  assert.deepEqual((await take(f, 3)).map((m) => m.payload.toString()), ['f', 'f/a/b', 'f/a/c'])
  await quiet(f)
  const wrong = await f.subscribeAsync('a/#/b').catch((err) => err)
  assert.ok(wrong instanceof Error || wrong.some((g) => g.qos >= 128), 'a bad filter was taken')

  // The will comes when the connection breaks, and not after a goodbye.
  await w.subscribeAsync(`${base}/will`, { qos: 1 })
  const will = { topic: `${base}/will`, payload: 'gone', qos: 1, retain: false }
  await (await connect('dying', { will })).endAsync()
  ;(await connect('dying', { will })).stream.destroy()
  ;[m] = await take(w)
  assert.equal(m.payload.toString(), 'gone')
  await quiet(w)

  // A session: what came meanwhile is there, in order, but for QoS 0.
  await (await connect('session', { clean: true })).endAsync()
  let s = await connect('session', keep)
  assert.equal(s.connack.sessionPresent, false)
  await s.subscribeAsync(`${base}/s/#`, { qos: 2 })
  await s.endAsync()
  for (let i = 0; i < 30; i++) await p.publishAsync(`${base}/s/${i}`, `${i}`, { qos: i % 3 })
  s = await connect('session', keep)
  assert.equal(s.connack.sessionPresent, true)
  numbers(await take(s, 20), [...Array(30).keys()].filter((i) => i % 3))
  await quiet(s)
  await s.endAsync()

  if (five) await properties(p, w)
  await assert.rejects(connect('stranger', { password: 'wrong' }))
  for (const c of [p, w, f]) await c.endAsync()
}

// What of MQTT 5 is used.
async function properties(p, w) {
  const x = {
    userProperties: { a: ['2', '1'], b: 'ü' }, contentType: 'application/json', responseTopic: 'answers/1',
    correlationData: Buffer.from([0, 1]), payloadFormatIndicator: true, messageExpiryInterval: 100,
  }
  await w.subscribeAsync(`${base}/p`, { qos: 1, properties: { subscriptionIdentifier: 7 } })
  await p.publishAsync(`${base}/p`, '{}', { qos: 1, properties: x })
  const got = { ...(await take(w))[0].packet.properties }
  assert.ok(got.messageExpiryInterval > 90 && got.messageExpiryInterval <= 100)
  assert.equal(got.subscriptionIdentifier, 7)
  got.userProperties = { ...got.userProperties }
  for (const key of Object.keys(x).filter((k) => k !== 'messageExpiryInterval')) assert.deepEqual(got[key], x[key], key)

  // A session ends when it was said to, a message expires on the way.
  const brief = { clean: false, properties: { sessionExpiryInterval: 0 } }
  await (await connect('brief', brief)).endAsync()
  const b = await connect('brief', brief)
  assert.equal(b.connack.sessionPresent, false)
  await b.endAsync()
  let s = await connect('expiry', keep)
  await s.subscribeAsync(`${base}/e/#`, { qos: 1 })
  await s.endAsync()
  await p.publishAsync(`${base}/e/short`, 'x', { qos: 1, properties: { messageExpiryInterval: 1 } })
  await p.publishAsync(`${base}/e/long`, 'x', { qos: 1, properties: { messageExpiryInterval: 100 } })
  await new Promise((resolve) => setTimeout(resolve, 2100))
  s = await connect('expiry', keep)
  assert.equal((await take(s))[0].topic, `${base}/e/long`)
  await quiet(s)
  await s.endAsync()

  // A topic alias, a subscription without what is one's own.
  const a = await connect('alias', { properties: { topicAliasMaximum: 10 }, autoUseTopicAlias: true, autoAssignTopicAlias: true })
  await w.subscribeAsync(`${base}/alias`, { qos: 1 })
  for (let i = 0; i < 3; i++) await a.publishAsync(`${base}/alias`, `${i}`, { qos: 1 })
  assert.deepEqual((await take(w, 3)).map((m) => m.payload.toString()), ['0', '1', '2'])
  await a.subscribeAsync(`${base}/own`, { qos: 1, nl: true })
  await a.publishAsync(`${base}/own`, 'own', { qos: 1 })
  await p.publishAsync(`${base}/own`, 'other', { qos: 1 })
  assert.equal((await take(a))[0].payload.toString(), 'other')
  await a.endAsync()
}

async function before() {
  const s = await connect('restart', keep)
  await s.subscribeAsync(`${base}/r/#`, { qos: 2 })
  await s.endAsync()
  const p = await connect('publisher')
  await p.publishAsync(`${base}/r/kept`, 'kept', { qos: 1, retain: true })
  for (let i = 0; i < 30; i++) await p.publishAsync(`${base}/r/${i}`, `${i}`, { qos: i % 3 })
  await p.endAsync()
}

async function after() {
  const s = await connect('restart', keep)
  assert.equal(s.connack.sessionPresent, false) // sessions end with the process
  await quiet(s)
  await s.endAsync()
  const w = await connect('watcher')
  await w.subscribeAsync(`${base}/r/#`)
  const [m] = await take(w)
  assert.deepEqual([m.topic, m.packet.retain], [`${base}/r/kept`, true])
  await w.publishAsync(`${base}/r/kept`, '', { qos: 1, retain: true })
  await w.endAsync()
}

;({ all, before, after })[phase]().then(
  () => { console.log(`MQTT.js ${five ? '5' : '3.1.1'} ${url} ${phase}: ok`); process.exit(0) },
  (err) => { console.error(name, phase, err); process.exit(1) },
)
