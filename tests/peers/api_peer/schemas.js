// The document's schemas held against a value directly, by the validator that Prism has inside: for what does not pass through Prism.
'use strict';
const Ajv = require('ajv/dist/2020');
const add_formats = require('ajv-formats');

class Schemas {
  constructor(document) {
    this.ajv = new Ajv({ strict: false, validateSchema: false });
    add_formats(this.ajv);
    this.ajv.addSchema(document.whole, 'document');
  }

  // What is wrong with a value of the schema of that name; undefined: nothing.
  fault(name, value) {
    const holds = this.ajv.getSchema(`document#/components/schemas/${name}`);
    if (!holds) return `there is no schema ${name}`;
    return holds(value) ? undefined : this.ajv.errorsText(holds.errors);
  }
}

module.exports = { Schemas };
