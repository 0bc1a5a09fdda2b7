// An application for the conformance matrix, on the npm stack `smpp`: node application.js PORT
// Orders are JSON lines on standard input: {"to", "texts"} sends one text in these pieces, asks for
// receipts and sends again what was throttled; {"leave": true} unbinds. Prints JSON lines.
const smpp = require('smpp')

const BACK_OFF_MS = 100
const WORDS = { 2: 'delivered', 6: 'accepted' }
const session = smpp.connect({ host: '127.0.0.1', port: Number(process.argv[2]) }, () =>
  session.bind_transceiver({ system_id: 'npm', password: 'pw', interface_version: 0x34 }, pdu => {
    if (pdu.command_status === 0) say('bound', {})
  }))
let sending = Promise.resolve()

function say(event, facts) {
  console.log(JSON.stringify(Object.assign({ event }, facts)))
}

function submit(to, shortMessage) {
  return new Promise(resolve => session.submit_sm({
    source_addr_ton: 5, source_addr: 'Acme', dest_addr_ton: 1, dest_addr_npi: 1,
    destination_addr: to, registered_delivery: 1, data_coding: 0, short_message: shortMessage
  }, resolve))
}

async function send(to, texts) {
  for (const [index, message] of texts.entries()) {
    const udh = Buffer.from([5, 0, 3, 42, texts.length, index + 1])
    let status
    do {
      if (status !== undefined) await new Promise(resolve => setTimeout(resolve, BACK_OFF_MS))
      status = (await submit(to, texts.length > 1 ? { udh, message } : message)).command_status
      say('answered', { to, status })
    } while (status === smpp.ESME_RTHROTTLED)
  }
}

async function leave() {
  await new Promise(resolve => session.unbind(resolve))
  say('left', {})
  session.close(() => process.exit(0))
}

session.on('error', error => say('error', { text: String(error) }))
session.on('enquire_link', pdu => session.send(pdu.response()))
session.on('deliver_sm', pdu => {
  session.send(pdu.response())
  say('told', { to: pdu.source_addr, word: WORDS[pdu.message_state] })
})
require('readline').createInterface({ input: process.stdin }).on('line', line => {
  const order = JSON.parse(line)
  sending = sending.then(() => order.leave ? leave() : send(order.to, order.texts))
})
