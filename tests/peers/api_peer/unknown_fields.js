// One member more in any object of any answer, and Prism must say so: else a schema is open somewhere.
'use strict';
const { is_json, json } = require('./http.js');
const { prism_objects, prism_says } = require('./exchanges.js');

const kOpen = ['describeService']; // what stands within an OpenAPI document is for another specification to say

const kElsewhere = ['signOut']; // it tells JSON where a provider is configured, which here is none

// The ways to each object in a value: of arrays the first alone.
function objects_in(value, way = []) {
  if (Array.isArray(value)) return value.length > 0 ? objects_in(value[0], [...way, 0]) : [];
  if (value === null || typeof value !== 'object') return [];
  return [way, ...Object.entries(value).flatMap(([name, one]) => objects_in(one, [...way, name]))];
}

function with_unknown(body, way) {
  const whole = json({ body });
  way.reduce((at, name) => at[name], whole).unknown = 1;
  return Buffer.from(JSON.stringify(whole));
}

async function every_answer_is_closed(exchanges, checks) {
  for (const { operation, answer } of exchanges.seen.values()) {
    const what = `${operation.name} ${answer.status}`;
    const as_it_is = await exchanges.replay(operation, answer);
    checks.that(what, !prism_says(as_it_is), `Prism objects to an answer as it is: ${as_it_is.body}`);
    const ways = kOpen.includes(operation.name) ? [[]] : objects_in(json(answer));
    for (const way of ways) {
      const told = await exchanges.replay(operation, { ...answer, body: with_unknown(answer.body, way) });
      checks.that(`${what}: a member "unknown" in /${way.join('/')}`, prism_objects(told), `Prism passes it: ${String(told.body).slice(0, 200)}`);
    }
  }
}

// Operations that tell JSON and were never seen to. An answer of another operation with the same schema stands for theirs.
function unseen(exchanges) {
  const schema_of = (operation) => JSON.stringify(operation.responses['200']?.content?.['application/json']?.schema);
  const seen = [...exchanges.seen.values()].filter((one) => one.answer.status === 200 && is_json(one.answer));
  const known = new Map(seen.map((one) => [schema_of(one.operation), one.answer]));
  const names = [];
  for (const operation of exchanges.document.operations) {
    const schema = schema_of(operation);
    if (!schema || kElsewhere.includes(operation.name) || exchanges.seen.has(`${operation.name} 200`)) continue;
    if (known.has(schema)) exchanges.seen.set(`${operation.name} 200`, { operation, answer: known.get(schema) });
    else names.push(operation.name);
  }
  return names;
}

module.exports = { every_answer_is_closed, unseen };
