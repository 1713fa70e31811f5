// Checks a season's checkpoint and inclusion proofs with @sigstore/verify, and that it refuses forged ones. Its public
// Verifier takes only Sigstore bundles, whose entries are Rekor's own kinds; so the step below it is called, the one that
// holds any entry against proof, checkpoint and key.
//
// usage: node main.js FOLDER, which has vkey, tiles/ (an export) and inclusion/N; the packages are found by NODE_PATH.
'use strict';
const fs = require('fs');
const path = require('path');
const { crypto } = require('@sigstore/core');
const { verifyTLogInclusion } = require('@sigstore/verify/dist/tlog');

let checks = 0;
function want(holds, what) {
  checks++;
  if (holds) return;
  console.log(`FAILED: ${what}`);
  process.exit(1);
}

const folder = process.argv[2];
const read = (...parts) => fs.readFileSync(path.join(folder, ...parts));

// NAME+ID+BASE64(0x01, key): the base64 may hold a plus itself.
const [, name, id, material] = read('vkey').toString().trim().match(/^([^+]+)\+([0-9a-f]{8})\+(.+)$/);
const key = Buffer.from(material, 'base64');
want(key.length === 33 && key[0] === 1, 'the verifier key is one of Ed25519');
const spki = (raw) => crypto.createPublicKey(Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]));
const log = (raw, hint) => ({ baseURL: `https://${name}`, logID: Buffer.from(hint, 'hex'), publicKey: spki(raw), validFor: {} });
const logs = [log(key.subarray(1), id)];

const checkpoint = read('tiles', 'checkpoint').toString();
const size = Number(checkpoint.split('\n')[1]);

function bundleName(index, width) {
  let file = String(index % 1000).padStart(3, '0');
  for (index = Math.floor(index / 1000); index > 0; index = Math.floor(index / 1000)) file = `x${String(index % 1000).padStart(3, '0')}/${file}`;
  return width < 256 ? `${file}.p/${width}` : file;
}
function entryAt(position) {
  const bundle = Math.floor(position / 256);
  const bytes = read('tiles', 'tile', 'entries', bundleName(bundle, Math.min(256, size - 256 * bundle)));
  let at = 0;
  for (let i = 256 * bundle; i < position; i++) at += 2 + bytes.readUInt16BE(at);
  return bytes.subarray(at + 2, at + 2 + bytes.readUInt16BE(at));
}

function tlogEntry(body, index, hashes, envelope) {
  return {
    canonicalizedBody: body,
    inclusionProof: { logIndex: String(index), treeSize: String(size), rootHash: Buffer.alloc(0), hashes, checkpoint: { envelope } },
  };
}
const verify = (entry, keys = logs) => verifyTLogInclusion(entry, keys);
function refused(what, entry, keys = logs) {
  let found = '';
  try {
    verify(entry, keys);
  } catch (error) {
    found = error.code;
  }
  want(found === 'TLOG_INCLUSION_PROOF_ERROR', `${what} is refused as a proof of inclusion, found "${found}"`);
}
const flip = (bytes, place) => {
  const copy = Buffer.from(bytes);
  copy[place % copy.length] ^= 1;
  return copy;
};

const files = fs.readdirSync(path.join(folder, 'inclusion'));
for (const file of files) {
  const [head, ...rest] = read('inclusion', file).toString().split('\n\n');
  const note = rest.join('\n\n');
  const [first, index, ...lines] = head.split('\n');
  want(first === 'c2sp.org/tlog-proof@v1' && index === `index ${file}`, `${file} is a tlog-proof of its position`);
  want(note === checkpoint, `${file} leads to the exported checkpoint`);
  const position = Number(file);
  const body = entryAt(position);
  const hashes = lines.map((line) => Buffer.from(line, 'base64'));

  try {
    verify(tlogEntry(body, position, hashes, note));
    checks++;
  } catch (error) {
    want(false, `${file} holds, found "${error.message}"`);
  }

  const other = hashes.slice();
  other[position % other.length] = flip(other[position % other.length], position);
  refused('a proof with a bit flipped', tlogEntry(body, position, other, note));
  refused('a proof with a hash missing', tlogEntry(body, position, hashes.slice(1), note));
  refused('a proof with a hash too many', tlogEntry(body, position, [...hashes, hashes[0]], note));
  refused('an empty proof', tlogEntry(body, position, [], note));
  refused('another entry', tlogEntry(flip(body, position), position, hashes, note));
  refused('another position', tlogEntry(body, (position + 1) % size, hashes, note));
  refused('a position past the end', tlogEntry(body, size + position, hashes, note));
}

// The checkpoint: its text, its signature, the key.
const position = Number(files[0]);
const hashes = read('inclusion', files[0]).toString().split('\n\n')[0].split('\n').slice(2).map((line) => Buffer.from(line, 'base64'));
const whole = (envelope, keys) => [tlogEntry(entryAt(position), position, hashes, envelope), keys];
const lines = checkpoint.split('\n');
refused('another size', ...whole([lines[0], String(size + 1), ...lines.slice(2)].join('\n')));
refused('another root', ...whole([lines[0], lines[1], flip(Buffer.from(lines[2], 'base64'), 0).toString('base64'), ...lines.slice(3)].join('\n')));
refused('another origin', ...whole([`${lines[0]}x`, ...lines.slice(1)].join('\n')));
refused('no signature', ...whole(lines.slice(0, 4).join('\n')));
const [dash, signer, signature] = lines[4].split(' ');
for (let place = 4; place < 68; place++) {
  const forged = flip(Buffer.from(signature, 'base64'), place).toString('base64');
  refused('a changed signature', ...whole([...lines.slice(0, 4), [dash, signer, forged].join(' '), ''].join('\n')));
}
refused('another key of the same id', ...whole(checkpoint, [log(key.subarray(1).map((byte, i) => (i === 5 ? byte ^ 1 : byte)), id)]));
refused('another id', ...whole(checkpoint, [log(key.subarray(1), '00000000')]));
refused('no key', ...whole(checkpoint, []));

want(files.length >= 300, 'there are proofs enough to say anything');
console.log(`  @sigstore/verify: ${files.length} proofs of inclusion, ${checks} checks`);
