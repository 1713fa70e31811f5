// The OpenAPI document, as a reader of it asks: which operation a request is for, what may be answered, what a value of a schema looks like.
'use strict';
const fc = require('fast-check');

class Document {
  constructor(document) {
    this.whole = document;
    this.operations = [];
    for (const [path, item] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(item)) {
        const segments = path.slice(1).split('/');
        this.operations.push({ ...operation, name: operation.operationId, method: method.toUpperCase(), path, segments });
      }
    }
  }

  resolved(value) {
    const { $ref, ...more } = value ?? {};
    if (!$ref) return value;
    return { ...this.resolved($ref.slice(2).split('/').reduce((at, name) => at[name], this.whole)), ...more };
  }

  // Literal segments come before parameters, as in the service.
  find(method, path) {
    const segments = path.split('?')[0].slice(1).split('/');
    const fits = (one) =>
      one.method === method && one.segments.length === segments.length && one.segments.every((s, i) => s.startsWith('{') || s === segments[i]);
    const literals = (one) => one.segments.map((s) => (s.startsWith('{') ? '1' : '0')).join('');
    return this.operations.filter(fits).sort((a, b) => literals(a).localeCompare(literals(b)))[0];
  }

  parameters(operation, where) {
    return (operation.parameters ?? []).map((one) => this.resolved(one)).filter((one) => one.in === where);
  }

  response(operation, status) {
    return this.resolved(operation.responses[status]);
  }

  body_schema(operation) {
    const content = operation.requestBody?.content ?? {};
    return Object.values(content)[0]?.schema;
  }

  // Values of the schema.
  values(schema) {
    const s = this.resolved(schema);
    if ('const' in s) return fc.constant(s.const);
    if (s.enum) return fc.constantFrom(...s.enum);
    if (s.oneOf) return fc.oneof(...s.oneOf.map((one) => this.values(one)));
    const type = [s.type].flat()[0];
    if (type === 'integer') return fc.integer({ min: s.minimum, max: Math.min(s.maximum, 2 ** 31) });
    if (type === 'number') return fc.double({ min: s.minimum, max: s.maximum, noNaN: true });
    if (type === 'boolean') return fc.boolean();
    if (type === 'array') return fc.array(this.values(s.items), { maxLength: Math.min(s.maxItems, 4) });
    if (type === 'object') return this.objects(s);
    return this.texts(s);
  }

  objects(s) {
    const members = Object.fromEntries(Object.entries(s.properties ?? {}).map(([name, one]) => [name, this.values(one)]));
    return fc.record(members, { requiredKeys: s.required ?? [] });
  }

  texts(s) {
    if (s.pattern) return fc.stringMatching(new RegExp(s.pattern)).filter((text) => text.length <= s.maxLength);
    if (s.format === 'date') return fc.date(years).map((date) => date.toISOString().slice(0, 10));
    if (s.format === 'date-time') return fc.date(years).map((date) => date.toISOString().replace(/\.\d+Z$/, 'Z'));
    return fc.string({ minLength: s.minLength ?? 0, maxLength: Math.min(s.maxLength, 40) });
  }

  // One value, always the same.
  example(schema) {
    return fc.sample(this.values(schema), { seed: 1, numRuns: 1 })[0];
  }

  // A request that the document allows: what an answer is held against when the real one was not allowed.
  allowed(operation) {
    const path = operation.segments.map((s) =>
      s.startsWith('{') ? encodeURIComponent(this.example(this.parameters(operation, 'path').find((one) => s === `{${one.name}}`).schema)) : s,
    );
    const headers = { cookie: 'daybook-demo=x' };
    for (const one of this.parameters(operation, 'header')) if (one.required) headers[one.name] = word(this.example(one.schema));
    const schema = this.body_schema(operation);
    if (schema) headers['content-type'] = Object.keys(operation.requestBody.content)[0];
    const body = schema && JSON.stringify(this.example(schema));
    return { method: operation.method, path: '/' + path.join('/'), headers, body };
  }
}

const years = { min: new Date('2023-01-01T00:00:00Z'), max: new Date('2026-12-31T00:00:00Z'), noInvalidDate: true };

// What may stand in a field: printable ASCII, no blank at its ends.
const word = (value) => String(value).replace(/[^!-~]/g, 'x') || 'x';

module.exports = { Document, word };
