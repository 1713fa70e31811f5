// A real OpenID provider on loopback over TLS, whose keys are ours to change and to forge with, and which remembers who asked it for what.
import crypto from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

export const algorithms = ['RS256', 'ES256', 'EdDSA'];

// A key pair of each algorithm: as JWK, and as a key that signs whatever a forger likes.
export async function makeKeys(generation, of = algorithms) {
  const keys = {};
  for (const alg of of) {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    const jwk = { ...(await exportJWK(privateKey)), kid: `${alg}-${generation}`, alg, use: 'sig' };
    keys[alg] = { jwk, kid: jwk.kid, alg, secret: crypto.createPrivateKey({ key: jwk, format: 'jwk' }) };
  }
  return keys;
}

export const publicJwk = ({ jwk: { kty, crv, n, e, x, y, kid, alg, use } }) => JSON.parse(JSON.stringify({ kty, crv, n, e, x, y, kid, alg, use }));

export class TestProvider {
  asked = []; // "GET /jwks daybookd"
  logins = 0;
  told = []; // what came of each back-channel logout
  account = ''; // who is before the browser

  static async start({ key, cert, origin, keys, secret }) {
    const it = new TestProvider();
    it.origin = origin;
    it.secret = secret;
    it.server = https.createServer({ key: fs.readFileSync(key), cert: fs.readFileSync(cert) }, (request, response) => it.answer(request, response));
    await new Promise((listening) => it.server.listen(0, '127.0.0.1', listening));
    it.issuer = `https://localhost:${it.server.address().port}`;
    it.use(keys);
    return it;
  }

  // From now on it signs with these, and publishes no others. What it remembers of sessions and codes stays.
  use(keys) {
    this.keys = keys;
    const { origin, secret } = this;
    const client = (id, more) => ({ client_id: id, client_secret: `secret of ${id}`, response_types: [], redirect_uris: [], ...more });
    const systems = algorithms.map((alg) => client(`system-${alg}`, { grant_types: ['client_credentials'] }));
    this.provider = new Provider(this.issuer, {
      jwks: { keys: Object.values(keys).map((key) => key.jwk) },
      clients: [
        client('console', {
          client_secret: secret,
          grant_types: ['authorization_code'],
          response_types: ['code'],
          redirect_uris: [`${origin}/v1/sign-in/callback`],
          post_logout_redirect_uris: [`${origin}/`],
          id_token_signed_response_alg: 'ES256',
          require_auth_time: true,
          backchannel_logout_uri: `${origin}/v1/sign-in/back-channel-logout`,
          backchannel_logout_session_required: true,
        }),
        client('daybook-cli', {
          client_secret: undefined,
          token_endpoint_auth_method: 'none',
          grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
        }),
        ...systems,
      ],
      claims: { openid: ['sub', 'staff_number'] },
      conformIdTokenClaims: false,
      cookies: { keys: ['a test'] },
      ttl: { AccessToken: 300, ClientCredentials: 300, IdToken: 300, Session: 3600, Interaction: 600, Grant: 3600, DeviceCode: 300 },
      findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, staff_number: sub.replace(/^user /, '') }) }),
      extraTokenClaims: (_, token) => ({ staff_number: (token.accountId ?? this.account).replace(/^user /, '') }),
      interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
      loadExistingGrant: async (ctx) => {
        const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
        grant.addOIDCScope('openid');
        grant.addResourceScope(origin, 'openid');
        await grant.save();
        return grant;
      },
      fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options), // the service is on loopback here
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        deviceFlow: { enabled: true },
        backchannelLogout: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_, resource, { clientId }) => ({
            scope: 'openid',
            audience: resource,
            accessTokenFormat: 'jwt',
            accessTokenTTL: 300,
            jwt: { sign: { alg: clientId.replace('system-', '').replace('daybook-cli', 'ES256') } },
          }),
          useGrantedResource: () => true,
        },
      },
    });
    this.provider.on('server_error', (_, error) => console.log(`provider: ${error.stack}`));
    this.provider.on('backchannel.success', () => this.told.push('ended'));
    this.provider.on('backchannel.error', (_, error) => this.told.push(error.message));
    this.callback = this.provider.callback();
  }

  answer(request, response) {
    const { pathname } = new URL(request.url, this.issuer);
    this.asked.push(`${request.method} ${pathname} ${request.headers['user-agent'] ?? ''}`);
    if (!pathname.startsWith('/interaction/')) return this.callback(request, response);
    this.logins += 1;
    const result = { login: { accountId: this.account } };
    return this.provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }

  // How often the service asked for that path.
  askedBy(path, agent = 'daybookd') {
    return this.asked.filter((line) => line === `GET ${path} ${agent}`).length;
  }

  async post(path, form, authorization) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', ...(authorization && { authorization }) };
    const answer = await fetch(`${this.issuer}${path}`, { method: 'POST', headers, body: new URLSearchParams(form) });
    return { status: answer.status, json: await answer.json() };
  }

  // A system's token for the service, of whoever `account` is.
  async token(alg) {
    const id = `system-${alg}`;
    const basic = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(`secret of ${id}`).replaceAll('%20', '+')}`).toString('base64');
    const { status, json } = await this.post('/token', { grant_type: 'client_credentials', resource: this.origin }, `Basic ${basic}`);
    if (status !== 200) throw new Error(`no token by ${alg}: ${JSON.stringify(json)}`);
    return json.access_token;
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((closed) => this.server.close(closed));
  }
}
