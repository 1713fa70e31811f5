// daybookd with a real OpenID provider: code flow, systems' tokens, the command line's tokens, forged tokens, signing out on both sides, and keys
// that change.
//
// usage: NODE_EXTRA_CA_CERTS=FOLDER/cert.pem node main.mjs FOLDER DAYBOOKD LEDGER ADMINISTRATOR STAFF_NUMBER
// FOLDER has cert.pem and key.pem, of localhost; LEDGER knows the two, and nobody else has it open.
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { Browser } from './browser.mjs';
import { Forger } from './forged.mjs';
import { algorithms, makeKeys, TestProvider } from './provider.mjs';

const [folder, daybookd, ledger, administrator, staffNumber] = process.argv.slice(2);
const inFolder = (name) => path.join(folder, name);
let checks = 0;
let service;

const aToken = /eyJ[\w-]{10,}\.eyJ/;

class Failed extends Error {}
function want(holds, what) {
  checks += 1;
  if (!holds) throw new Failed(what);
}
function equal(found, wanted, what) {
  want(found === wanted, `${what}: found ${JSON.stringify(found)}, want ${JSON.stringify(wanted)}`);
}
const say = (text) => console.log(text);
const pause = (milliseconds) => new Promise((over) => setTimeout(over, milliseconds));
const listening = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));

async function freePort() {
  const server = net.createServer();
  const port = await listening(server);
  await new Promise((closed) => server.close(closed));
  return port;
}

// ---- the service ----

function configuration(port, origin, issuer, more) {
  const trust = `trust_file = "${inFolder('cert.pem')}"\nprivate_issuer = 1\nperson_claim = "staff_number"\n`;
  return (
    `[public]\nlisten = "127.0.0.1:${port}"\norigin = "${origin}"\ncertificate = "${inFolder('cert.pem')}"\ncertificate_key = "${inFolder('key.pem')}"\n` +
    `[operations]\nlisten = "127.0.0.1:0"\n` +
    `[tokens]\nissuer = "${issuer}"\naudience = "${origin}"\n${trust}` +
    `[sign_in]\nissuer = "${issuer}"\nclient_id = "console"\nclient_secret_file = "${inFolder('secret')}"\ndevice_client = "daybook-cli"\n${trust}${more}`
  );
}

async function start(config) {
  fs.writeFileSync(inFolder('daybookd.toml'), config);
  const log = fs.openSync(inFolder('log'), 'a');
  const before = fs.fstatSync(log).size;
  service = spawn(daybookd, ['--config', inFolder('daybookd.toml'), '--ledger', ledger], { stdio: ['ignore', 'ignore', log] });
  service.over = new Promise((over) => service.once('exit', over));
  fs.closeSync(log);
  for (let n = 0; n < 200 && service.exitCode === null; ++n, await pause(50)) {
    if (fs.readFileSync(inFolder('log')).subarray(before).toString().split('"event":"listening"').length > 2) return;
  }
  throw new Failed(`daybookd does not listen:\n${fs.readFileSync(inFolder('log'))}`);
}

async function stop() {
  if (!service) return;
  service.kill('SIGTERM');
  const status = await service.over;
  service = undefined;
  equal(status, 0, 'status after SIGTERM');
}

// ---- what is asked of it ----

const bearer = (token) => ({ authorization: `Bearer ${token}` });
const asAdministrator = { 'daybook-role': 'administrator', 'daybook-purpose': 'a test' };
const words = JSON.stringify({ words: [staffNumber] });

async function askSession(origin, headers) {
  const answer = await fetch(`${origin}/v1/session`, { headers });
  return { status: answer.status, json: await answer.json() };
}

// A confidential view, as a system has it.
async function find(origin, token) {
  const headers = { ...bearer(token), ...asAdministrator, 'content-type': 'application/json' };
  const answer = await fetch(`${origin}/v1/find`, { method: 'POST', headers, body: words });
  return { status: answer.status, text: await answer.text() };
}

const signedIn = async (browser, origin) => (await browser.ask(`${origin}/v1/session`)).status === 200;

// Through the provider and back. `login`: whether it asks who they are.
async function signIn(browser, { origin, provider, query = '', login = true }) {
  const logins = provider.logins;
  const left = await browser.ask(`${origin}/v1/sign-in${query}`);
  equal(left.status, 303, 'status of leaving for the provider');
  want(left.location.startsWith(`${provider.issuer}/auth?`), 'a browser is sent to the provider');
  const callback = await browser.follow(left.location, `${origin}/`);
  const back = await browser.ask(callback);
  equal(provider.logins - logins, login ? 1 : 0, 'times that the provider asked who they are');
  return { left, callback, back };
}

// ---- what must hold ----

async function codeFlow(at) {
  const { origin, provider } = at;
  const browser = new Browser();
  const { left, callback, back } = await signIn(browser, { ...at, query: '?return=/v1/session' });
  const sent = new URL(left.location).searchParams;
  for (const name of ['state', 'nonce', 'code_challenge']) equal(sent.get(name).length, 43, `letters of ${name}`);
  equal(sent.get('code_challenge_method'), 'S256', 'code_challenge_method');
  equal(new URL(callback).searchParams.get('iss'), provider.issuer, 'the issuer that the answer names');
  equal(back.status, 303, 'status of coming back');
  equal(back.location, `${origin}/v1/session`, 'where it leads');
  const cookie = back.sets.find((set) => set.startsWith('__Host-daybook='));
  want(/^__Host-daybook=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/.test(cookie), `a session's cookie has every protection: ${cookie}`);
  equal(browser.jar(origin).size, 1, 'cookies of the service after signing in');

  const session = JSON.parse((await browser.ask(back.location)).text);
  want(/^[a-z0-9]{26}$/.test(session.person), `the record knows the person: ${session.person}`);
  want(session.roles.includes('administrator'), 'their roles are told');
  want(Math.abs(Date.parse(session.signed_in_at) - Date.now()) < 60_000, 'and when they showed who they are');
  const found = await browser.send(`${origin}/v1/find`, words, asAdministrator);
  equal(found.status, 200, 'status of a view');
  want(found.text.includes(`"${staffNumber}"`), 'the view has what was looked for');
  equal((await browser.ask(`${origin}/v1/find`, { method: 'POST', headers: { 'content-type': 'application/json', ...asAdministrator }, body: words })).status, 403,
    'status of what another page has the browser send');

  equal((await browser.ask(callback)).status, 401, 'status of the same callback again');
  equal((await new Browser().ask(callback)).status, 401, "status of another browser's callback");
  want(await signedIn(browser, origin), 'who is signed in stays so');
  at.secrets.push(new URL(callback).searchParams.get('code'), sent.get('state'), cookie.slice(15, 58));

  await signIn(browser, { ...at, login: false });
  await signIn(browser, { ...at, query: '?fresh=1', login: true });
  want(!browser.seen.some((text) => aToken.test(text)), 'a browser gets to see no token');
  return browser;
}

async function forgedAnswers(at) {
  const { origin, provider } = at;
  for (const [what, change] of [
    ['another state', (query) => query.set('state', 'A'.repeat(43))],
    ['no state', (query) => query.delete('state')],
    ['another issuer', (query) => query.set('iss', at.canary)],
    ['no issuer', (query) => query.delete('iss')],
    ['another code', (query) => query.set('code', 'x'.repeat(43))],
    ['an error', (query) => query.set('error', 'access_denied')],
    ['the state twice', (query) => query.append('state', query.get('state'))],
  ]) {
    const browser = new Browser();
    const left = await browser.ask(`${origin}/v1/sign-in`);
    const callback = new URL(await browser.follow(left.location, `${origin}/`));
    change(callback.searchParams);
    equal((await browser.ask(callback.href)).status, 401, `status of an answer with ${what}`);
    want(!(await signedIn(browser, origin)), `nobody is signed in by an answer with ${what}`);
  }
  for (const back of ['//forger.example.org', 'https://forger.example.org', '/\\forger.example.org', `${provider.issuer}/`]) {
    const answer = await new Browser().ask(`${origin}/v1/sign-in?return=${encodeURIComponent(back)}`);
    equal(answer.status, 400, `status of a sign-in that would lead to ${back}`);
  }
}

async function systems(at) {
  const { origin, provider } = at;
  for (const alg of algorithms) {
    const token = await provider.token(alg);
    const header = JSON.parse(Buffer.from(token.split('.')[0], 'base64url'));
    equal(`${header.typ} ${header.alg}`, `at+jwt ${alg}`, "a provider's token");
    const session = await askSession(origin, bearer(token));
    equal(session.status, 200, `status for a system by ${alg}`);
    equal(session.json.idle_until, null, 'when a token is idle');
    const found = await find(origin, token);
    equal(found.status, 200, `status of a view by ${alg}`);
    want(found.text.includes(`"${staffNumber}"`), 'the view has what was looked for');
    at.secrets.push(token.split('.')[2]);
  }
  const other = await provider.post('/token', { grant_type: 'client_credentials' }, `Basic ${Buffer.from('system-ES256:secret+of+system-ES256').toString('base64')}`);
  equal(other.status, 200, 'status of a token without an audience');
  equal((await askSession(origin, bearer(other.json.access_token))).status, 401, 'status for a token that is no JWT');
}

async function forgedTokens(at) {
  const { origin, provider, canary } = at;
  const forger = new Forger({ keys: provider.keys, strangers: await makeKeys('1'), issuer: provider.issuer, audience: origin, subject: administrator, canary });
  for (const alg of algorithms) equal((await askSession(origin, bearer(forger.good(alg)))).status, 200, `status for a token by ${alg} in which nothing is wrong`);
  const table = forger.table();
  want(table.length >= 60, `there are 60 forgeries or more, found ${table.length}`);
  equal(new Set(table.map(([name]) => name)).size, table.length, 'forgeries by name');
  for (const [name, token] of table) {
    const { status, json } = await askSession(origin, bearer(token));
    equal(status, 401, `status for a forged token: ${name}`);
    equal(json.type, '/problems/sign-in-refused', `what is said of it: ${name}`);
    equal(json.detail, undefined, `no more is said of it: ${name}`);
  }
  for (const scheme of ['Basic', 'DPoP', '']) {
    equal((await askSession(origin, { authorization: `${scheme} ${forger.good('ES256')}` })).status, 401, `status for a good token as "${scheme}"`);
  }
  equal((await find(origin, forger.good('ES256'))).status, 200, 'status for a good token after all of them');
  return table.length;
}

// RFC 8628, with what the service says of itself.
async function device(at) {
  const { origin, provider } = at;
  const metadata = await (await fetch(`${origin}/v1/sign-in/metadata`)).json();
  equal(JSON.stringify(metadata),
    JSON.stringify({ browser: true, demo: false, tokens: { issuer: provider.issuer, audience: origin, device_client: 'daybook-cli', scope: 'openid' } }),
    'how one is signed in');
  const { issuer, audience, device_client: client, scope } = metadata.tokens;
  const document = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  const below = (url) => new URL(url).pathname;
  const begun = await provider.post(below(document.device_authorization_endpoint), { client_id: client, scope, resource: audience });
  equal(begun.status, 200, 'status of a device authorization');
  const browser = new Browser();
  let page = await browser.ask(begun.json.verification_uri_complete);
  page = await browser.submit(page.text, begun.json.verification_uri_complete); // the code stands in the page: it is sent on
  if (page.status === 200) page = await browser.submit(page.text, begun.json.verification_uri, { confirm: 'yes' });
  for (let step = 0; page.location && step < 6; ++step) page = await browser.ask(page.location);
  equal(page.status, 200, 'status of the page that says that the device is let in');
  const poll = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: begun.json.device_code, client_id: client, resource: audience };
  const given = await provider.post(below(document.token_endpoint), poll);
  equal(given.status, 200, `status of the token: ${JSON.stringify(given.json)}`);
  const session = await askSession(origin, bearer(given.json.access_token));
  equal(session.status, 200, 'status for the token of whoever sits before the command line');
  want(session.json.roles.includes('administrator'), 'it is the token of a person');
}

// Once for each of the two things that are configured, whatever came in between; a key that nobody knows is a reason to ask again once a minute.
function askedOnce(at) {
  const { provider } = at;
  const asked = provider.askedBy('/jwks');
  const most = 2 + 2 * Math.floor((Date.now() - at.began) / 60_000);
  equal(provider.askedBy('/.well-known/openid-configuration'), 2, "questions for the provider's document");
  want(asked >= 2 && asked <= most, `questions for the provider's keys: found ${asked}, want 2 to ${most}`);
  const others = provider.asked.filter((line) => line.endsWith(' daybookd') && !/^(GET \/jwks|GET \/\.well-known\/openid-configuration|POST \/token) /.test(line));
  equal(others.join(), '', 'other questions of the service');
  equal(at.rung, 0, 'connections to the address that tokens named');
}

async function endedByProvider(at, browser) {
  const { origin, provider } = at;
  const other = new Browser();
  await signIn(other, at);
  const page = await browser.ask(`${provider.issuer}/session/end`);
  await browser.submit(page.text, `${provider.issuer}/session/end`, { logout: 'yes' });
  equal(provider.told.join(), 'ended', 'what came of the back-channel logout');
  want(!(await signedIn(browser, origin)), 'a session that the provider ended is over at once');
  want(await signedIn(other, origin), 'and another of the same user goes on');
  return other;
}

async function endedHere(at, browser) {
  const { origin, provider } = at;
  const before = new Map(browser.jar(origin));
  const out = await browser.send(`${origin}/v1/sign-out`);
  equal(out.status, 200, 'status of signing out');
  equal(out.headers.get('clear-site-data'), '"cache", "storage"', 'clear-site-data');
  equal(browser.jar(origin).size, 0, 'cookies of the service after signing out');
  browser.jars.set(origin, before);
  want(!(await signedIn(browser, origin)), 'a cookie that somebody kept is of no use');
  browser.jars.set(origin, new Map());
  const { location } = JSON.parse(out.text);
  want(!aToken.test(location), 'no token stands in the address');
  const page = await browser.ask(location);
  const done = await browser.submit(page.text, location, { logout: 'yes' });
  equal(done.location, `${origin}/`, 'where the provider sends the browser back to');
  await signIn(browser, { ...at, login: true }); // it has no session there any more
}

async function changedKeys(at) {
  const { origin, provider } = at;
  const former = await provider.token('ES256');
  const forger = new Forger({ keys: provider.keys, strangers: {}, issuer: provider.issuer, audience: origin, subject: administrator, canary: at.canary });
  const early = new Browser();
  await signIn(early, at);
  equal((await askSession(origin, bearer(former))).status, 200, 'status for a token by the first keys');
  await pause(1100); // keys.ask_again
  provider.use(await makeKeys('2'));
  for (const alg of algorithms) equal((await askSession(origin, bearer(await provider.token(alg)))).status, 200, `status for a token by the new ${alg} key`);
  await pause(2100); // keys.kept
  equal((await askSession(origin, bearer(former))).status, 401, 'status for a token by a key that was taken back');
  equal((await askSession(origin, bearer(forger.good('RS256')))).status, 401, 'status for a forgery by a key that was taken back');
  await signIn(new Browser(), at);
  want(await signedIn(early, origin), 'who is signed in stays so');

  const asked = provider.askedBy('/jwks');
  const began = Date.now();
  const stranger = (await makeKeys('3', ['ES256'])).ES256;
  for (let n = 0; n < 40; ++n) {
    const token = forger.token({ ...stranger, kid: `unknown ${n}` });
    equal((await askSession(origin, bearer(token))).status, 401, 'status for a token by a key that nobody knows');
  }
  const most = 1 + Math.ceil((Date.now() - began) / 1000);
  want(provider.askedBy('/jwks') - asked <= most, `forty unknown keys make for ${most} questions at most, found ${provider.askedBy('/jwks') - asked}`);

  const token = await provider.token('EdDSA');
  equal((await askSession(origin, bearer(token))).status, 200, 'status for a token while the provider is there');
  await provider.close();
  await pause(2100);
  equal((await askSession(origin, bearer(token))).status, 200, 'status for a token while the provider is away');
  want(await signedIn(early, origin), 'who is signed in goes on while the provider is away');
  equal(at.rung, 0, 'connections to the address that tokens named');
}

async function run() {
  const port = await freePort();
  const canary = net.createServer((socket) => {
    at.rung += 1;
    socket.destroy();
  });
  const origin = `https://localhost:${port}`;
  const at = { began: Date.now(), origin, canary: `https://localhost:${await listening(canary)}`, rung: 0, secrets: [fs.readFileSync(inFolder('secret'), 'utf8').trim()] };
  at.provider = await TestProvider.start({ key: inFolder('key.pem'), cert: inFolder('cert.pem'), origin, keys: await makeKeys('1'), secret: at.secrets[0] });
  at.provider.account = `user ${administrator}`;
  await start(configuration(port, origin, at.provider.issuer, ''));
  say('a browser signs in by the code flow');
  const browser = await codeFlow(at);
  await forgedAnswers(at);
  say('systems with tokens, and the command line');
  await systems(at);
  await device(at);
  say('forged tokens');
  const forgeries = await forgedTokens(at);
  askedOnce(at);
  say('signing out, there and here');
  const other = await endedByProvider(at, browser);
  await endedHere(at, other);
  await stop();
  say('keys that change, and a provider that is away');
  await start(configuration(port, origin, at.provider.issuer, '[keys]\nask_again = 1\nkept = 2\n'));
  await changedKeys(at);
  await stop();
  canary.close();
  const log = fs.readFileSync(inFolder('log'), 'utf8');
  for (const secret of at.secrets) want(!log.includes(secret), 'the log has no secret, code, state, cookie or token');
  say(`${checks} checks, ${forgeries} forged tokens`);
}

try {
  await run();
} catch (error) {
  console.log(error instanceof Failed ? `FAILED: ${error.message}` : `FAILED: ${error.stack}`);
  service?.kill('SIGKILL');
  process.exit(1);
}
process.exit(0);
