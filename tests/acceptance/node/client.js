// An application of a carrier, on the npm stack `smpp`: node client.js PORT MESSAGES
// MESSAGES is JSON: [{to, text, data_coding} | {to, parts: [{udh, text|octets}], data_coding}].
// Binds in all three ways, sends, reads the receipts, asks, unbinds; prints JSON lines.
const smpp = require('smpp')

const port = Number(process.argv[2])
const messages = JSON.parse(process.argv[3])

function say(event, facts) {
  console.log(JSON.stringify(Object.assign({ event }, facts)))
}

function open(kind) {
  return new Promise((resolve, reject) => {
    const session = smpp.connect({ host: '127.0.0.1', port }, () => {
      session[kind]({ system_id: 'npm', password: 'pw', interface_version: 0x34 }, pdu => {
        say('bound', { kind, status: pdu.command_status, system_id: pdu.system_id })
        resolve(session)
      })
    })
    session.on('error', reject)
    session.on('enquire_link', pdu => session.send(pdu.response()))
    session.on('deliver_sm', pdu => {
      say('delivered', {
        kind, esm_class: pdu.esm_class, source: pdu.source_addr, destination: pdu.destination_addr,
        text: pdu.short_message.message, id: pdu.receipted_message_id, state: pdu.message_state
      })
      session.send(pdu.response())
    })
  })
}

function ask(session, command, fields) {
  return new Promise(resolve => session[command](fields, resolve))
}

function shortMessage(part) {
  const message = part.octets ? Buffer.from(part.octets, 'hex') : part.text
  return part.udh ? { udh: Buffer.from(part.udh, 'hex'), message } : message
}

async function main() {
  const both = await open('bind_transceiver')
  const sender = await open('bind_transmitter')
  const receiver = await open('bind_receiver')
  let last
  for (const message of messages) {
    for (const part of message.parts || [message]) {
      const session = message.by === 'transmitter' ? sender : both
      const answer = await ask(session, 'submit_sm', {
        source_addr_ton: 5, source_addr: 'Acme', dest_addr_ton: 1, dest_addr_npi: 1,
        destination_addr: message.to, registered_delivery: 1, data_coding: message.data_coding,
        short_message: shortMessage(part)
      })
      last = answer.message_id
      say('answered', { to: message.to, status: answer.command_status, id: answer.message_id })
    }
  }
  const query = await ask(both, 'query_sm', { message_id: last, source_addr_ton: 5, source_addr: 'Acme' })
  say('queried', { id: query.message_id, state: query.message_state, status: query.command_status })
  const foreign = await ask(receiver, 'submit_sm', { destination_addr: '447700900000', short_message: 'x' })
  say('receiver refused', { status: foreign.command_status })
  const alive = await ask(both, 'enquire_link', {})
  say('alive', { status: alive.command_status })
  say('sent all', {})
  await new Promise(resolve => process.stdin.once('data', resolve)) // until receipts were counted
  for (const session of [both, sender, receiver]) {
    const answer = await ask(session, 'unbind', {})
    say('unbound', { status: answer.command_status })
    await new Promise(resolve => session.close(resolve))
  }
  process.exit(0)
}

main().catch(error => { say('error', { text: String(error) }); process.exit(1) })
