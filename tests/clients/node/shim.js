// For programs whose hosts are written into them: node -r shim.js. What they would say over https
// goes to the gateway at HOMING_HOST in plain http; nothing else of them is changed.
const http = require('node:http')
const https = require('node:https')

const [host, port] = process.env.HOMING_HOST.split(':')

https.request = (first, ...rest) => {
  const isUrl = typeof first === 'string' || first instanceof URL
  const given = isUrl && typeof rest[0] === 'object' ? rest.shift() : {}
  const wanted = isUrl ? fromUrl(new URL(first)) : first
  const options = {
    ...wanted, ...given, protocol: 'http:', host, hostname: host, port, agent: undefined
  }
  return http.request(options, ...rest)
}

const fromUrl = url => ({ path: url.pathname + url.search })
