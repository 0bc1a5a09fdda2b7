// npm `nexmo` 2: callbacks of (error, reply); a refused message is a reply.
const Nexmo = require('nexmo')
const { serve } = require('./talking')

class CallbackError extends Error {}

function make (facts) {
  const [host, port] = facts.host.split(':')
  return new Nexmo(
    {
      apiKey: facts.api_key,
      apiSecret: facts.api_secret,
      signatureSecret: facts.signature_secret,
      signatureMethod: facts.signature_method
    },
    { restHost: host, apiHost: host, port: Number(port) }
  )
}

// What the callback is given, as a promise.
const called = start => new Promise((resolve, reject) => {
  start((error, reply) => {
    if (!error) return resolve(reply)
    reject(Object.assign(new CallbackError(error.message || ''), error))
  })
})

function sms (client, { from, to, text, type, body, udh, ...options }) {
  if (type === 'binary') {
    return called(done => client.message.sendBinaryMessage(from, to, body, udh, options, done))
  }
  if (type !== undefined) options.type = type
  return called(done => client.message.sendSms(from, to, text, options, done))
}

async function settings (client, { inbound, receipts }) {
  let reply
  if (inbound !== undefined) {
    reply = await called(done => client.account.updateSMSCallback(inbound, done))
  }
  if (receipts !== undefined) {
    reply = await called(done => client.account.updateDeliveryReceiptCallback(receipts, done))
  }
  return reply
}

const key = client => client.credentials.apiKey

serve(make, {
  sms,
  settings,
  balance: client => called(done => client.account.checkBalance(done)),
  top_up: (client, { trx }) => called(done => client.account.topUp(trx, done)),
  price_country: (client, { country }) => called(done => client.pricing.get('sms', country, done)),
  price_all: client => called(done => client.pricing.getFull('sms', done)),
  price_prefix: (client, { prefix }) => called(done => client.pricing.getPrefix('sms', prefix, done)),
  price_phone: (client, { phone }) => called(done => client.pricing.getPhone('sms', phone, done)),
  conversion: (client, { id, delivered }) =>
    called(done => client.conversion.sms(id, delivered, '2026-01-01 12:00:00', done)),
  search_one: (client, { id }) => called(done => client.message.search(id, done)),
  search_ids: (client, { ids }) => called(done => client.message.search(ids, done)),
  rejections: (client, { to, date }) =>
    called(done => client.message.searchRejections(to, date, done)),
  secrets_list: client => called(done => client.account.listSecrets(key(client), done)),
  secrets_create: (client, { secret }) =>
    called(done => client.account.createSecret(key(client), secret, done)),
  secrets_get: (client, { id }) => called(done => client.account.getSecret(key(client), id, done)),
  secrets_delete: (client, { id }) =>
    called(done => client.account.deleteSecret(key(client), id, done)),
  numbers: client => called(done => client.number.get({ size: 100 }, done)),
  redact: (client, { id }) =>
    called(done => client.redact.transaction(id, 'sms', { type: 'outbound' }, done)),
  // It has no checker: its signer makes the signature again, in lower case.
  check: (client, { params }) => client.generateSignature(params) === params.sig.toLowerCase(),
  sign: (client, { params }) => client.generateSignature(params)
})
