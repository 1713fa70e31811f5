// Access tokens that look right but for one thing, made with the provider's own keys as far as a forger could have it sign, and with others.
// The table is that of tests/server/identity/forged_token_test.cc, as far as a request's field can carry it.
import crypto from 'node:crypto';
import { publicJwk } from './provider.mjs';

const base64url = (bytes) => Buffer.from(bytes).toString('base64url');
const partOf = (header, claims) => `${base64url(header)}.${base64url(claims)}`;
const sign = {
  RS256: (part, secret) => crypto.sign('sha256', part, secret),
  ES256: (part, secret) => crypto.sign('sha256', part, { key: secret, dsaEncoding: 'ieee-p1363' }),
  EdDSA: (part, secret) => crypto.sign(null, part, secret),
};

// Signed by `key`, whatever header and claims say; both JSON texts.
const ofTexts = (header, claims, key) => {
  const part = partOf(header, claims);
  return `${part}.${base64url(sign[key.alg](Buffer.from(part), key.secret))}`;
};

export class Forger {
  // `canary`: an address at which nobody should ever ask.
  constructor({ keys, strangers, issuer, audience, subject, canary }) {
    Object.assign(this, { keys, strangers, issuer, audience, subject, canary });
  }

  header(key) {
    return { alg: key.alg, typ: 'at+jwt', kid: key.kid };
  }
  claims() {
    const now = Math.floor(Date.now() / 1000);
    return { iss: this.issuer, aud: this.audience, sub: 'system', client_id: 'system', jti: crypto.randomUUID(), iat: now - 10, exp: now + 290, staff_number: this.subject };
  }
  // With a change to header or claims: what is undefined goes.
  token(key, header = {}, claims = {}) {
    return ofTexts(JSON.stringify({ ...this.header(key), ...header }), JSON.stringify({ ...this.claims(), ...claims }), key);
  }
  good(alg) {
    return this.token(this.keys[alg]);
  }

  // [name, token] of each.
  table() {
    return [...this.algorithms(), ...this.headers(), ...this.bodies(), ...this.signatures(), ...this.forms()];
  }

  algorithms() {
    const { ES256: es, RS256: rs, EdDSA: ed } = this.keys;
    const pem = crypto.createPublicKey(rs.secret).export({ type: 'spki', format: 'pem' });
    const hmac = (alg, secret, digest = 'sha256', key = rs) => {
      const part = partOf(JSON.stringify({ ...this.header(key), alg }), JSON.stringify(this.claims()));
      return `${part}.${crypto.createHmac(digest, secret).update(part).digest('base64url')}`;
    };
    const pss = () => {
      const part = partOf(JSON.stringify({ ...this.header(rs), alg: 'PS256' }), JSON.stringify(this.claims()));
      return `${part}.${base64url(crypto.sign('sha256', Buffer.from(part), { key: rs.secret, padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }))}`;
    };
    const unsigned = this.token(es, { alg: 'none' });
    return [
      ...['none', 'None', 'es256', 'ES384', 'ES256K', undefined, 1, ['ES256'], 'RS256', 'EdDSA', ''].map((alg) => [`alg ${JSON.stringify(alg)} over ES256`, this.token(es, { alg })]),
      ['alg none and no signature', unsigned.slice(0, unsigned.lastIndexOf('.') + 1)],
      ['a kid of another kind of key', this.token(es, { kid: rs.kid })],
      ['ES256 said of an RSA key', this.token(rs, { alg: 'ES256' })],
      ['RS512 over SHA-256', this.token(rs, { alg: 'RS512' })],
      ['RS256 said of an Ed25519 key', this.token(ed, { alg: 'RS256' })],
      ['HS256 with the public key in PEM', hmac('HS256', pem)],
      ['HS256 with the public key in JSON', hmac('HS256', JSON.stringify(publicJwk(rs)))],
      ['HS512 with the public key in PEM', hmac('HS512', pem, 'sha512')],
      ['HS256 with an empty secret', hmac('HS256', '')],
      ['an HMAC under the name RS256', hmac('RS256', pem)],
      ['PS256 by the RSA key', pss()],
    ];
  }

  headers() {
    const { ES256: es } = this.keys;
    const { ES256: stranger } = this.strangers;
    const changed = (name, header) => [name, this.token(es, header)];
    const own = { ...stranger, kid: es.kid };
    return [
      changed('a jwk of its own', { jwk: publicJwk(stranger) }),
      changed("a jwk that is the issuer's", { jwk: publicJwk(es) }),
      ['a jwk of its own, signed by it', this.token(own, { jwk: publicJwk(stranger) })],
      changed('a jku', { jku: `${this.canary}/keys` }),
      ['a jku to keys of its own, signed by them', this.token(stranger, { jku: `${this.canary}/keys` })],
      changed('an x5u', { x5u: `${this.canary}/chain` }),
      changed('an x5c', { x5c: ['MIIB'] }),
      changed('a jku that is null', { jku: null }),
      changed('crit that names a claim', { crit: ['exp'] }),
      changed('crit that names nothing', { crit: [] }),
      changed('b64 false', { b64: false }),
      changed('zip', { zip: 'DEF' }),
      changed('enc', { enc: 'A128GCM' }),
      ...['JWT', undefined, 'logout+jwt', 'dpop+jwt', 'at+jwt ', 'text/at+jwt', ['at+jwt']].map((typ) => changed(`typ ${JSON.stringify(typ)}`, { typ })),
      ...[undefined, '', 1, 'k'.repeat(257), `${es.kid}\n`, '../../../../dev/null', `x' UNION SELECT '${es.kid}`, `${this.canary}/keys#${es.kid}`,
        `${es.kid}|/usr/bin/id`, es.kid.toLowerCase(), `${es.kid} `, 'nobody'].map((kid) => changed(`kid ${JSON.stringify(kid)?.slice(0, 40)}`, { kid })),
    ];
  }

  bodies() {
    const { ES256: es } = this.keys;
    const { issuer, audience } = this;
    const now = Math.floor(Date.now() / 1000);
    const changed = (name, claims) => [name, this.token(es, {}, claims)];
    return [
      ...[this.canary, `${issuer}/`, issuer.replace('https', 'http'), issuer.replace('localhost', 'LOCALHOST'), 'https://localhost', [issuer], undefined].map((iss) =>
        changed(`iss ${JSON.stringify(iss)}`, { iss })),
      ...['https://other.example.org', `${audience}.forger.org`, `${audience}/`, ['https://a.example.org'], [[audience]], undefined, [], { [audience]: true }, 'console', ''].map(
        (aud) => changed(`aud ${JSON.stringify(aud)}`, { aud })),
      ...[undefined, '', 7, 's'.repeat(257), 'system\nadmin', 'user\u202e1'].map((sub) => changed(`sub ${JSON.stringify(sub)?.slice(0, 40)}`, { sub })),
      ...[now - 61, undefined, String(now + 290), (now + 290) * 1000, 1e300, -1, null].map((exp) => changed(`exp ${JSON.stringify(exp)}`, { exp })),
      changed('over, issued before', { iat: now - 400, exp: now - 61 }),
      ...[now + 120, '0'].map((nbf) => changed(`nbf ${JSON.stringify(nbf)}`, { nbf })),
      changed('issued in a while', { iat: now + 120, exp: now + 400 }),
      ...[undefined, '1'].map((iat) => changed(`iat ${JSON.stringify(iat)}`, { iat })),
      changed('for more than a day', { exp: now + 86_500 }),
      changed('for ever', { exp: 253_402_300_799 }),
      changed('for no time', { iat: now, exp: now }),
      changed('bound to another key', { cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } }),
      ...[now + 120, 'now'].map((time) => changed(`auth_time ${JSON.stringify(time)}`, { auth_time: time })),
      ['an ID token', this.token(es, { typ: 'JWT' }, { aud: 'console', nonce: 'n' })],
      ['an ID token for us too', this.token(es, { typ: 'JWT' }, { aud: ['console', audience], nonce: 'n' })],
      ['a logout token', this.token(es, { typ: 'logout+jwt' }, { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } })],
    ];
  }

  signatures() {
    const { ES256: es, RS256: rs } = this.keys;
    const tokens = { es: this.good('ES256'), rs: this.good('RS256'), ed: this.good('EdDSA') };
    const part = (token) => token.slice(0, token.lastIndexOf('.'));
    const signature = (token) => Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url');
    const by = (token, bytes) => `${part(token)}.${base64url(bytes)}`;
    const flipped = (bytes, at) => {
      const copy = Buffer.from(bytes);
      copy[at] ^= 1;
      return copy;
    };
    const other = this.token(es, {}, { sub: 'other' });
    const [header, , end] = tokens.es.split('.');
    const s = signature(tokens.es);
    const rsPart = Buffer.from(part(tokens.rs));
    return [
      ['a bit of r changed', by(tokens.es, flipped(s, 0))],
      ['a bit of s changed', by(tokens.es, flipped(s, 63))],
      ['a bit of an RSA signature changed', by(tokens.rs, flipped(signature(tokens.rs), 100))],
      ['a bit of an Ed25519 signature changed', by(tokens.ed, flipped(signature(tokens.ed), 5))],
      ...Object.values(this.strangers).map((key) => [`another's ${key.alg} key of that kid`, this.token({ ...key, kid: this.keys[key.alg].kid })]),
      ["another token's signature", by(tokens.es, signature(other))],
      ["another token's claims", [header, other.split('.')[1], end].join('.')],
      ['ES256 in DER', by(tokens.es, crypto.sign('sha256', Buffer.from(part(tokens.es)), es.secret))],
      ['r and s of nothing', by(tokens.es, Buffer.alloc(64))],
      ['r alone', by(tokens.es, s.subarray(0, 32))],
      ['r and s with a byte behind', by(tokens.es, Buffer.concat([s, Buffer.alloc(1)]))],
      ['s and r', by(tokens.es, Buffer.concat([s.subarray(32), s.subarray(0, 32)]))],
      ['RSA with a zero in front', by(tokens.rs, Buffer.concat([Buffer.alloc(1), signature(tokens.rs)]))],
      ['RSA over SHA-1', by(tokens.rs, crypto.sign('sha1', rsPart, rs.secret))],
      ['RSA by PSS under RS256', by(tokens.rs, crypto.sign('sha256', rsPart, { key: rs.secret, padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }))],
      ['RSA cut by a byte', by(tokens.rs, signature(tokens.rs).subarray(0, 255))],
      ['Ed25519 of the neutral point', by(tokens.ed, Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]))],
      ['signed without the point', by(tokens.es, sign.ES256(Buffer.from(part(tokens.es).replace('.', '')), es.secret))],
    ];
  }

  forms() {
    const { ES256: es } = this.keys;
    const header = JSON.stringify(this.header(es));
    const claims = JSON.stringify(this.claims());
    const inside = (text, more) => `${text.slice(0, -1)}${more}}`;
    const texts = (a, b) => ofTexts(a, b, es);
    const token = this.good('ES256');
    const [first, second, third] = token.split('.');
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const respelled = letters[letters.indexOf(token.at(-1)) ^ 1]; // four bits of the last letter say nothing: another letter, the same bytes
    return [
      ['alg twice in the header', texts(inside(header, ',"alg":"ES256"'), claims)],
      ['alg twice, once escaped', texts(inside(header, ',"\\u0061lg":"none"'), claims)],
      ['kid twice in the header', texts(`{"kid":"forged",${header.slice(1)}`, claims)],
      ['exp twice in the claims', texts(header, inside(claims, ',"exp":9999999999'))],
      ['sub twice in the claims', texts(header, `{"sub":"admin",${claims.slice(1)}`)],
      ['a name twice further in', texts(header, inside(claims, ',"x":{"a":1,"a":1}'))],
      ['a header that is a list', texts(`[${header}]`, claims)],
      ['claims that are a text', texts(header, '"system"')],
      ['claims that are no JSON', texts(header, 'sub=system')],
      ['claims with more behind', texts(header, `${claims}{}`)],
      ['claims behind a byte order mark', texts(header, `\ufeff${claims}`)],
      ['claims with a comment', texts(header, inside(claims, '/* */'))],
      ['claims that are not UTF-8', texts(header, Buffer.concat([Buffer.from(claims.slice(0, -1)), Buffer.from(',"x":"'), Buffer.from([0xff]), Buffer.from('"}')]))],
      ['claims nine deep', texts(header, inside(claims, ',"x":[[[[[[[[0]]]]]]]]'))],
      ['a number that no reader agrees on', texts(header, inside(claims, ',"x":99999999999999999999'))],
      ['no signature', `${first}.${second}.`],
      ['no signature and no point', `${first}.${second}`],
      ['no header', `.${second}.${third}`],
      ['four parts', `${token}.${third}`],
      ['five parts, as if it were encrypted', `${token}.AAAA.AAAA`],
      ['in JSON form', `{"payload":"${token}"}`],
      ['padded', `${token}==`],
      ['padded within', `${first}=.${second}.${third}`],
      ['in the letters of plain base64', `${first}.${second}.${Buffer.from(third, 'base64url').toString('base64').replace(/=+$/, '')}/+`],
      ['the same bytes in another spelling', `${token.slice(0, -1)}${respelled}`],
      ['with a space within', `${first}. ${second}.${third}`],
      ['cut by a letter', token.slice(0, -1)],
      ['cut by half', token.slice(0, Math.floor((first.length + second.length) / 2))],
      ['a word', 'token'],
    ];
  }
}
