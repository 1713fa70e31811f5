// Follows the feed of daybookd with npm's eventsource, many times at once, while commands are recorded and the service is killed and started again on
// the same port: each subscriber must end with every position once and in order. Readers with the role public are told positions alone.
//
// usage: node main.mjs DAYBOOKD LEDGER FOLDER ADMINISTRATOR PERSON SUBSCRIBERS
// ADMINISTRATOR and PERSON are names in the record; PERSON is put on hold and taken off it. What the service says goes to FOLDER.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import readline from 'node:readline';
import { EventSource } from 'eventsource';

const [daybookd, ledger, folder, administrator, person, count] = process.argv.slice(2);
const kKills = 2;
const kCommands = 40; // between two kills, at least
const kPatience = 120_000;
const subscribers = Number(count);

function fail(what) {
  console.log(`FAILED: ${what}`);
  service.child?.kill('SIGKILL');
  process.exit(1);
}
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// ---- the service ----

const service = { child: null, port: 0, kills: 0 };
let cookies; // a promise of name -> cookie, of the service that runs now

function write_config() {
  const file = path.join(folder, 'daybookd.toml');
  const names = [administrator, person].map((name) => JSON.stringify(name)).join(', ');
  fs.writeFileSync(
    file,
    `[ledger]\ntick = 3600\n[public]\nlisten = "127.0.0.1:${service.port}"\n[operations]\nlisten = ""\n` +
      `[limits]\nconnections_per_address = 0\nrequests_a_second = 0\nuser_requests_a_second = 0\nuser_requests_handled = 0\nstreams = ${subscribers + 10}\nstreams_per_account = ${subscribers + 10}\n` +
      `[threads]\nwaiting = ${subscribers + 512}\n[demo]\npeople = [${names}]\n`,
  );
  return file;
}

// Starts it, on the port that it had before.
async function start_service() {
  const child = spawn(daybookd, ['--ledger', ledger, '--config', write_config()], { stdio: ['ignore', 'pipe', 'pipe'] });
  service.child = child;
  child.ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  const codes = new Map();
  const log = fs.createWriteStream(path.join(folder, 'log'), { flags: 'a' });
  readline.createInterface({ input: child.stdout }).on('line', (line) => {
    const found = /^sign-in code of (.*), good once within ten minutes: (.*)$/.exec(line);
    if (found) codes.set(found[1], found[2]);
  });
  const port = await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('daybookd ended')));
    readline.createInterface({ input: child.stderr }).on('line', (line) => {
      log.write(line + '\n');
      if (line.includes('"event":"listening"')) resolve(JSON.parse(line).port);
    });
  }).catch((error) => fail(error.message));
  service.port = port;
  while (codes.size < 2) await pause(10);
  return codes;
}

function send(method, target, headers, body = '') {
  return new Promise((resolve, reject) => {
    const fields = { origin: `http://127.0.0.1:${service.port}`, 'daybook-console': '1', connection: 'close', ...headers };
    if (method === 'POST') Object.assign(fields, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    const request = http.request({ host: '127.0.0.1', port: service.port, method, path: target, headers: fields }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function sign_in(codes) {
  const found = new Map();
  for (const [name, code] of codes) {
    const answer = await send('POST', '/v1/sign-in/demo', {}, JSON.stringify({ code }));
    if (answer.status !== 204) fail(`sign-in of ${name}: status ${answer.status}: ${answer.text}`);
    found.set(name, answer.headers['set-cookie'][0].split(';')[0]);
  }
  return found;
}

async function begin_service() {
  cookies = start_service().then(sign_in);
  await cookies;
}

async function kill_and_start() {
  let signed_in;
  cookies = new Promise((resolve) => (signed_in = resolve)); // nobody asks with a session that is over
  service.child.kill('SIGKILL');
  await service.child.ended;
  service.kills++;
  signed_in(await start_service().then(sign_in));
}

// ---- who follows ----

const all = [];

function follow(n, from) {
  const as_public = n % 4 === 3;
  const name = as_public ? person : administrator;
  const told = { from, positions: [], recorded: 0, opened: 0, as_public };
  const source = new EventSource(`http://127.0.0.1:${service.port}/v1/feed?from=${from}`, {
    fetch: async (url, init) => {
      const cookie = (await cookies).get(name);
      const headers = { ...init.headers, cookie, 'daybook-role': as_public ? 'public' : 'administrator', 'daybook-purpose': 'a test' };
      const answer = await fetch(url, { ...init, headers });
      if (answer.status === 401) throw new TypeError('the service was started anew meanwhile'); // what EventSource tries again after
      return answer;
    },
  });
  const take = (event) => {
    const data = JSON.parse(event.data);
    if (String(data.position) !== event.lastEventId) fail(`position ${data.position} under the id ${event.lastEventId}`);
    told.positions.push(data.position);
    if (event.type === 'recorded') told.recorded++;
  };
  source.addEventListener('recorded', take);
  source.addEventListener('position', take);
  source.addEventListener('open', () => told.opened++);
  source.addEventListener('error', (event) => {
    if (source.readyState === EventSource.CLOSED) fail(`subscriber ${n} was sent away: ${event.code} ${event.message}`);
  });
  told.source = source;
  return told;
}

// All have connected again since the last kill: the fetch of Node 20 may never come back where the service is killed while it connects.
async function everybody_follows(kills) {
  for (const end = Date.now() + kPatience; all.some((told) => told.opened <= kills); await pause(50)) {
    if (Date.now() > end) fail(`${all.filter((told) => told.opened <= kills).length} subscribers did not connect after kill ${kills}`);
  }
  await pause(200);
}

function check(told, n, end) {
  const { from, positions } = told;
  if (positions.length !== end - from) fail(`subscriber ${n} has ${positions.length} positions, want ${end - from}`);
  positions.forEach((position, i) => {
    if (position !== from + i) fail(`subscriber ${n} has position ${position} where ${from + i} belongs`);
  });
  if (told.as_public ? told.recorded > 0 : told.recorded === 0) fail(`subscriber ${n} was told ${told.recorded} events`);
}

// ---- what is recorded ----

// Until it is done: a service that is killed meanwhile is asked again with the same key, and does it once.
async function record(n) {
  const action = n % 2 === 0 ? 'place-hold' : 'lift-hold';
  const body = JSON.stringify({ person, reason: `change ${n}` });
  for (const end = Date.now() + kPatience; Date.now() < end; await pause(20)) {
    const headers = { 'daybook-role': 'administrator', 'daybook-purpose': 'a test', 'idempotency-key': `"${n}"` };
    headers.cookie = (await cookies).get(administrator);
    const answer = await send('POST', `/v1/commands/${action}`, headers, body).catch(() => null);
    if (answer?.status === 200) return;
    if (answer && ![401, 503].includes(answer.status)) fail(`${action}: status ${answer.status}: ${answer.text}`);
  }
  fail(`${action} was not recorded in time`);
}

async function end_of_record() {
  const answer = await send('GET', '/v1/programmes', {});
  return JSON.parse(answer.text).position;
}

// ---- the test ----

await begin_service();
const first = await end_of_record();
while (all.length < subscribers) all.push(follow(all.length, all.length % 2 === 0 ? 0 : first));

let commands = 0;
for (let kill = 0; kill <= kKills; ++kill) {
  let over = kill === kKills;
  if (!over) everybody_follows(kill).then(kill_and_start).then(() => (over = true)); // while commands are sent
  for (let n = 0; n < kCommands || !over; ++n) await record(commands++);
}
const end = await end_of_record();
for (const deadline = Date.now() + kPatience; Date.now() < deadline; await pause(50)) {
  if (all.every((told) => told.positions.length > 0 && told.positions.at(-1) >= end - 1)) break;
}
await pause(300); // for what may come twice
all.forEach((told, n) => check(told, n, end));
if (end - first < commands) fail(`found ${end - first} new positions, want one for each of ${commands} commands`);
const connections = all.reduce((sum, told) => sum + told.opened, 0);
if (connections < subscribers * 2) fail(`found ${connections} connections of ${subscribers} subscribers, want more: it was killed`);
all.forEach((told) => told.source.close());
service.child.kill('SIGTERM');
const status = await service.child.ended;
if (status !== 0) fail(`daybookd ended with ${status}`);
console.log(`${subscribers} subscribers, ${end} positions, ${service.kills} kills, ${connections} connections: each has every position once and in order`);
process.exit(0);
