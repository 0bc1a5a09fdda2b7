// npm `@vonage/server-sdk` 3: promises; a refused message is thrown.
const { AlgorithmTypes } = require('@vonage/auth')
const { SMS } = require('@vonage/messages')
const { Vonage } = require('@vonage/server-sdk')
const { serve } = require('./talking')

const ALGORITHMS = {
  md5hash: AlgorithmTypes.md5hash,
  md5: AlgorithmTypes.md5hmac,
  sha1: AlgorithmTypes.sha1hmac,
  sha256: AlgorithmTypes.sha256hmac,
  sha512: AlgorithmTypes.sha512hmac
}

function make (facts) {
  const host = `http://${facts.host}`
  const credentials = { apiKey: facts.api_key, apiSecret: facts.api_secret || 'unused' }
  return Object.assign(new Vonage(credentials, { restHost: host, apiHost: host }), { facts })
}

const camel = name => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())
const inCamel = given => Object.fromEntries(
  Object.entries(given).map(([name, value]) => [camel(name), value])
)
const key = client => client.facts.api_key

function settings (client, { inbound, receipts }) {
  const given = {}
  if (inbound !== undefined) given.moCallBackUrl = inbound
  if (receipts !== undefined) given.drCallBackUrl = receipts
  return client.accounts.updateAccountCallbacks(given)
}

serve(make, {
  settings,
  sms: (client, given) => client.sms.send(inCamel(given)),
  balance: client => client.accounts.getBalance(),
  top_up: (client, { trx }) => client.accounts.topUpBalance(trx),
  price_country: (client, { country }) => client.pricing.listCountryPricing('sms', country),
  price_all: client => client.pricing.listAllCountriesPricing('sms'),
  price_prefix: (client, { prefix }) => client.pricing.listPrefixPricing('sms', prefix),
  secrets_list: client => client.secrets.listSecrets(key(client)),
  secrets_create: (client, { secret }) => client.secrets.createSecret(key(client), secret),
  secrets_get: (client, { id }) => client.secrets.getSecret(key(client), id),
  secrets_delete: (client, { id }) => client.secrets.deleteSecret(key(client), id),
  numbers: client => client.numbers.getOwnedNumbers({}),
  redact: (client, { id }) =>
    client.redact.redactMessage({ id, product: 'sms', type: 'outbound' }),
  messages: (client, given) => client.messages.send(new SMS(given)),
  check: (client, { params }) => client.sms.verifySignature(
    params.sig, params, client.facts.signature_secret, ALGORITHMS[client.facts.signature_method]
  )
})
