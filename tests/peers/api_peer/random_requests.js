// Requests made at random from the document, most of them nearly right: none is answered with 500, or with what the document does not say.
'use strict';
const fc = require('fast-check');
const { json, send } = require('./http.js');
const { word } = require('./document.js');

const wild = fc.string({ unit: 'binary', maxLength: 30 });
const rarely = (usual, other) => fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: other });

const known = ['iom-coaching', '2024', 'P00002', 'A00001', 'un-coaching', '2023-pilot'];

function path_of(document, operation) {
  const parts = operation.segments.map((segment) => {
    if (!segment.startsWith('{')) return fc.constant(segment);
    const { schema } = document.parameters(operation, 'path').find((one) => segment === `{${one.name}}`);
    return fc.oneof(document.values(schema), fc.constantFrom(...known), wild).map(encodeURIComponent);
  });
  return fc.tuple(...parts).map((segments) => '/' + segments.join('/'));
}

// Each folds the record anew.
const is_moment = (one) => ['at', 'happened-by', 'since', 'until'].includes(one.name);

// A value of the parameter; of moments, which are texts to the schema, mostly one that is a moment.
function query_value(document, one) {
  const values = is_moment(one) ? rarely(fc.constantFrom('2024-06-01', '2024-06-01T12:00:00Z', '100', '2030-01-01'), document.values(one.schema)) : document.values(one.schema);
  return rarely(values, wild).map((value) => `${one.name}=${encodeURIComponent(value)}`);
}

function query_of(document, operation) {
  const members = {};
  for (const one of document.parameters(operation, 'query')) {
    const left_out = { weight: is_moment(one) ? 14 : 3, arbitrary: fc.constant('') };
    members[one.name] = fc.oneof({ weight: 1, arbitrary: query_value(document, one) }, left_out);
  }
  const strange = rarely(fc.constant([]), fc.constantFrom(['nothing=1'], ['limit=1', 'limit=1'], ['='], ['%'], ['at']));
  return fc.tuple(fc.record(members), strange).map(([some, more]) => {
    const all = [...Object.values(some).filter((text) => text), ...more].join('&');
    return all ? `?${all}` : '';
  });
}

function fields_of(document, operation) {
  const members = {};
  for (const one of document.parameters(operation, 'header')) {
    const values = rarely(document.values(one.schema), wild).map((value) => word(value).slice(0, 300));
    const own = one.name === 'Daybook-Role' ? rarely(fc.constant('administrator'), values) : values;
    members[one.name.toLowerCase()] = one.required ? rarely(own, fc.constant(undefined)) : fc.oneof({ weight: 1, arbitrary: own }, { weight: 3, arbitrary: fc.constant(undefined) });
  }
  return fc.record(members);
}

// Of the schema; with a member more, or one fewer or another; any JSON; no JSON.
function body_of(document, operation) {
  const schema = document.body_schema(operation);
  if (!schema) return fc.constant(undefined);
  const right = document.values(schema);
  const near = fc.tuple(right, fc.jsonValue({ maxDepth: 3 }), wild, fc.nat()).map(([value, other, name, n]) => {
    const keys = Object.keys(value);
    const changed = { ...value, [n % 3 === 0 ? name : keys[n % (keys.length || 1)] ?? name]: other };
    if (n % 5 === 0) delete changed[keys[0]];
    return changed;
  });
  const values = fc.oneof({ weight: 5, arbitrary: right }, { weight: 3, arbitrary: near }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 5 }) });
  return rarely(values.map((value) => JSON.stringify(value)), wild);
}

function request_of(document, operation, as, port) {
  const parts = { path: path_of(document, operation), query: query_of(document, operation), headers: fields_of(document, operation), body: body_of(document, operation) };
  const typed = Object.keys(operation.requestBody?.content ?? {})[0];
  const types = typed ? rarely(fc.constant(typed), fc.constantFrom('text/plain', 'application/xml', '')) : fc.constant(undefined);
  // Whoever signs out, or in anew, does so with no session of ours.
  const session = operation.tags.includes('sign-in') ? undefined : as.cookie;
  return fc.record({ ...parts, type: types, cookie: rarely(fc.constant(session), fc.constant(undefined)) }).map(({ path, query, headers, body, type, cookie }) => {
    const all = { 'content-type': type, cookie, ...headers };
    if (operation.method === 'POST') Object.assign(all, { origin: `http://127.0.0.1:${port}`, 'daybook-console': '1' });
    for (const name of Object.keys(all)) if (all[name] === undefined) delete all[name];
    return { method: operation.method, path: path + query, headers: all, body };
  });
}

// What is wrong with an answer; undefined: nothing.
function fault_of(document, operation, answer) {
  const what = `${answer.status} ${answer.type} ${answer.body.toString('utf8').slice(0, 300)}`;
  if (answer.status === 500) return `found ${what}`;
  if (!(answer.status in operation.responses)) return `not one of its statuses: ${what}`;
  if (answer.status < 400) return undefined;
  const response = document.response(operation, answer.status);
  if (answer.type !== 'application/problem+json') return answer.type in response.content ? undefined : `no problem: ${what}`;
  const problem = json(answer);
  const schema = document.resolved(response.content['application/problem+json'].schema);
  const good = schema.properties.type.enum.includes(problem.type) && problem.status === answer.status && problem.trace;
  return good ? undefined : `no problem of that status: ${what}`;
}

// A stream has no end, and keys are changed on the whole disk, once in the suite is enough.
const kept_out = (operation) => 'text/event-stream' in (operation.responses['200']?.content ?? {}) || operation.name === 'rotate-keys';

// `runs` requests, as many of each operation as of any other.
async function random_requests(document, port, as, { seed, runs }, checks) {
  const operations = document.operations.filter((one) => !kept_out(one));
  const statuses = new Map();
  for (const operation of operations) {
    const property = fc.asyncProperty(request_of(document, operation, as, port), async (request) => {
      const answer = await send(port, request);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      const fault = fault_of(document, operation, answer);
      if (fault) throw new Error(fault);
    });
    const found = await fc.check(property, { seed, numRuns: Math.ceil(runs / operations.length), endOnFailure: true });
    checks.that(`random requests for ${operation.name}`, !found.failed, `seed ${seed}: ${JSON.stringify(found.counterexample)}: ${found.errorInstance?.message}`);
  }
  return [...statuses].sort().map(([status, count]) => `${status}: ${count}`).join(', ');
}

module.exports = { random_requests };
