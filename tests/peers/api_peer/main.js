// usage: main.js PORT CODES NARROW_PORT NARROW_CODES DOCUMENT ADMINISTRATOR CLIENT COACH SEED RUNS
//   PORT      of daybookd
//   CODES     the sign-in codes that it printed
//   NARROW_.. the same of one whose disk is full and which lets few requests in
//   DOCUMENT  what it serves as /v1/openapi.json
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { setTimeout: wait } = require('node:timers/promises');
const { Between } = require('./between.js');
const { Document } = require('./document.js');
const { Exchanges } = require('./exchanges.js');
const { feeds } = require('./feed.js');
const { send } = require('./http.js');
const { random_requests } = require('./random_requests.js');
const { Schemas } = require('./schemas.js');
const statuses = require('./statuses.js');
const suite = require('./suite.js');
const { every_answer_is_closed, unseen } = require('./unknown_fields.js');

const kFailuresShown = 20;
const kKindsDone = 10; // of commands, in the suite: the others meet rules

class Checks {
  count = 0;
  failures = 0;
  that(what, holds, found) {
    this.count += 1;
    if (!holds) this.fail(`${what}: ${found}`);
  }
  fail(text) {
    this.failures += 1;
    if (this.failures <= kFailuresShown) console.error(`FAILED: ${text.slice(0, 1500)}`);
  }
}

function free_port() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function start_prism(document, upstream) {
  const port = await free_port();
  const program = path.join(process.env.NODE_PATH, '.bin', 'prism');
  const options = ['proxy', document, `http://127.0.0.1:${upstream}`, '--errors', '--port', String(port), '--verboseLevel', 'fatal'];
  const prism = spawn(program, options, { stdio: ['ignore', 'ignore', 'inherit'] });
  for (let n = 0; n < 300 && prism.exitCode === null; ++n) {
    await wait(100);
    const answer = await send(port, { method: 'GET', path: '/healthz' }).catch(() => undefined);
    if (answer?.status === 200) return { port, stop: () => prism.kill() };
  }
  prism.kill();
  throw new Error('Prism does not answer');
}

// "sign-in code of NAME, good once within ten minutes: CODE"
function read_codes(file) {
  const found = fs.readFileSync(file, 'utf8').matchAll(/^sign-in code of (.*), good once within ten minutes: (.*)$/gm);
  return Object.fromEntries([...found].map(([, name, code]) => [name, code]));
}

async function main([port, codes, narrow_port, narrow_codes, file, administrator, client, coach, seed, runs]) {
  const began = Date.now();
  const say = (text) => console.log(`  ${((Date.now() - began) / 1000).toFixed(1)} s  ${text}`);
  const document = new Document(JSON.parse(fs.readFileSync(file, 'utf8')));
  const checks = new Checks();
  const between = new Between(Number(port));
  const own = await between.start();
  const prism = await start_prism(file, own);
  say(`Prism stands before the service: ${document.operations.length} operations`);
  try {
    const exchanges = new Exchanges(document, { prism: prism.port, between: own, daybookd: Number(port) }, between, checks);
    const signed_in = await suite.sign_in(exchanges, read_codes(codes));
    const admin = { ...signed_in[administrator], role: 'administrator' };
    const people = { client: { ...signed_in[client], name: client, role: 'client' }, coach: { ...signed_in[coach], name: coach } };
    await suite.service(exchanges);
    await suite.problem_pages(exchanges);
    await suite.proofs(exchanges);
    const rows = await suite.views(exchanges, admin, people.client);
    await suite.commands(exchanges, admin, people, rows);
    await suite.problems_of_asking(exchanges, admin, people.client);
    await suite.problems_of_doing(exchanges, admin);
    await suite.problems_of_admission(exchanges);
    const schemas = new Schemas(document);
    await statuses.problems_of_bytes(exchanges, schemas);
    await statuses.problems_of_little_room(exchanges, Number(narrow_port), administrator, read_codes(narrow_codes)[administrator]);
    await feeds(exchanges, [admin, people.client], schemas, checks);
    await suite.sign_out(exchanges, people.client);
    const done = document.operations.filter((one) => one.tags.includes('commands') && exchanges.seen.has(`${one.name} 200`)).map((one) => one.name);
    checks.that('commands of many kinds are carried out', done.length >= kKindsDone, `found ${done.join(', ')} alone, want ${kKindsDone} kinds`);
    say(`the suite: ${checks.count} checks, ${done.length} kinds of command carried out: ${done.join(' ')}`);

    statuses.every_status_is_seen(document, exchanges, checks);
    const never = unseen(exchanges);
    checks.that('every operation that tells JSON is asked', never.length === 0, `the suite never sees an answer of ${never.join(', ')}`);
    await every_answer_is_closed(exchanges, checks);
    say(`answers with a member more: ${checks.count} checks`);

    const answered = await random_requests(document, Number(port), admin, { seed: Number(seed), runs: Number(runs) }, checks);
    say(`requests at random: ${answered}`);
    checks.that('the service is well', (await send(Number(port), { method: 'GET', path: '/readyz' })).status === 200, 'found it unwell');
  } finally {
    prism.stop();
    between.stop();
  }
  console.log(`${checks.count} checks, ${checks.failures} failed`);
  process.exit(checks.failures > 0 ? 1 : 0);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
