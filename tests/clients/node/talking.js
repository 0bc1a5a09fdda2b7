// Orders in, answers out, as JSON lines; see drivers/talking.py.
const readline = require('node:readline')

exports.serve = (make, calls) => {
  readline.createInterface({ input: process.stdin }).on('line', async line => {
    const order = JSON.parse(line)
    const answers = []
    try {
      const client = make(order.facts)
      for (const [name, given] of order.calls) answers.push(await answer(calls[name], client, given))
    } catch (fault) {
      for (const _ of order.calls) answers.push(await raised(fault))
    }
    console.log(JSON.stringify(answers))
  })
}

async function answer (call, client, given) {
  try {
    const found = await call(client, given)
    return { returned: found === undefined ? null : found, class: className(found) }
  } catch (fault) {
    return raised(fault)
  }
}

const className = found => (found === null || found === undefined ? 'None' : found.constructor.name)

async function raised (fault) {
  const response = fault.response || {}
  const isHttp = typeof response.text === 'function' // else what an SMS error carries
  return {
    raised: fault.constructor ? fault.constructor.name : typeof fault,
    text: String(fault.message || ''),
    http_status: fault.statusCode || response.status || null,
    response: isHttp ? parsed(await response.text()) : fault.response || fault.body || null
  }
}

function parsed (text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
